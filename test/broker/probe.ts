import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { startBroker } from '@bramble/controller/fleet/broker/start-broker.ts';
import { openTrust } from '@bramble/controller/trust/trust.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/mqttjs/dialer.ts';
const mem = () => { const s = readFileSync('/proc/self/smaps_rollup','utf8'); return ['Rss','Pss_Anon'].map(k=>k+' '+(Number(new RegExp('^'+k+':\\s+(\\d+)','m').exec(s)![1])/1024).toFixed(1)).join(' '); };
const sleep = (ms: number) => new Promise(r => setTimeout(r, ms));
if (process.argv[2] === 'clients') {
  const { port, ca, token } = JSON.parse(process.argv[3]!);
  const n = Number(process.argv[4]);
  const d = createMqttDialer({ url: `mqtts://127.0.0.1:${port}`, ca, username: 'ada', password: token });
  let up = 0; const t0 = performance.now();
  for (let i = 0; i < n; i++) d.dial({ clientId: `c${i}`, keepaliveSeconds: 60, will: undefined, filters: ['bramble/v1/fleet/nodes/+'] }, (e) => { if (e.type === 'connected' && ++up === n) { console.log('all up ms', Math.round(performance.now()-t0)); process.send!('up'); } if (e.type==='closed') console.log(e.reason); });
} else {
  const dir = '/tmp/t/memtrust'; const host = createHost((e) => console.log(JSON.stringify(e).slice(0, 200)));
  const trust = await openTrust(dir, host);
  await trust.users.remove('ada'); const token = await trust.users.create('ada','admin');
  const server = await trust.certificates.server([]);
  await sleep(1000); console.log('before', mem());
  const broker = await startBroker({ port: 0, host: '127.0.0.1', tls: { ...server, ca: trust.caPem }, auth: { users: trust.users.records, boards: undefined }, system: host, limits: { connectionsPerIdentity: 10000 } });
  await sleep(2000); console.log('broker idle', mem(), (await broker.counts()).heapUsedBytes/1e6);
  const c = fork(new URL(import.meta.url).pathname, ['clients', JSON.stringify({ port: broker.port, ca: trust.caPem, token }), '500']);
  await new Promise(r => c.once('message', r)); await sleep(3000);
  console.log('500 clients', mem(), (await broker.counts()).heapUsedBytes/1e6, (await broker.counts()).connections);
  c.kill('SIGKILL'); await sleep(2000);
  console.log('gone', mem(), JSON.stringify(await broker.counts()));
  await broker.close(); console.log('closed', mem());
}
