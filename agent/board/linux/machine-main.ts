import information from 'systeminformation';
import type { Machine } from './machine.ts';

// Tells in a line of JSON on standard output what machine this is.
const [system, processor, memory, device] = await Promise.all([
  information.osInfo(),
  information.cpu(),
  information.mem(),
  information.system(),
]);
const machine: Machine = {
  distribution: `${system.distro} ${system.release}`,
  cores: processor.cores,
  memoryBytes: memory.total,
  manufacturer: device.manufacturer,
  model: device.model,
  virtual: device.virtual,
};
process.stdout.write(`${JSON.stringify(machine)}\n`);
