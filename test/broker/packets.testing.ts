/** Packets of MQTT 3.1.1, made by hand so that a test can break any rule. */

export function connectPacket(clientId: string, username: string, password: string): Buffer {
  const flags = 0b1100_0010;
  return packet(0x10, [
    text('MQTT'),
    Buffer.from([4, flags, 0, 60]),
    text(clientId),
    text(username),
    bytes(password),
  ]);
}

export function subscribePacket(filter: string): Buffer {
  return packet(0x82, [Buffer.from([0, 1]), text(filter), Buffer.from([0])]);
}

/** QoS 0. */
export function publishPacket(topic: string, payload: string): Buffer {
  return packet(0x30, [text(topic), Buffer.from(payload)]);
}

function packet(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = [type];
  let rest = body.length;
  do {
    header.push((rest % 128) | (rest > 127 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), body]);
}

/** At most 65,535 bytes fit; what is longer claims to be that long. */
function bytes(content: string): Buffer {
  const encoded = Buffer.from(content);
  const length = Math.min(encoded.length, 65_535);
  return Buffer.concat([Buffer.from([length >> 8, length & 255]), encoded]);
}

function text(content: string): Buffer {
  return bytes(content);
}
