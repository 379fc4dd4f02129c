import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { type Bramble, project, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { freePorts } from './fixture/machine.ts';

let bramble: Bramble;
let boards: Boards;
let board: Board;

before(async () => {
  bramble = await startBramble({ controllerOnly: true });
  boards = await makeBoards(['pi-1'], bramble.file('boards'));
  board = boards.get('pi-1');
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

const url = (): string => `https://${boards.hostAddress}:${bramble.place.httpsPort}`;
const newToken = async (flags = ''): Promise<string> =>
  (await bramble.bramble(`token create ${flags}`.trim())).trim();

/** What `bramble join` says when it comes to nothing. */
async function refused(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await board.bramble(['join', ...words, '--data-dir', board.dataDir]);
  assert.notEqual(code, 0, stdout);
  return stderr;
}

test('what is typed wrong is told before anything is asked', async () => {
  const token = await newToken();
  assert.match(await refused(), /has not joined any fleet yet .*bramble join URL TOKEN/);
  assert.match(await refused(url()), /a token is missing/);
  assert.match(await refused(url(), 'nonsense'), /--token: this is not a join token/);
  assert.match(
    await refused('http://10.0.0.1:6443', token),
    /--url: .*https alone: write https:\/\/10\.0\.0\.1:6443/,
  );
  assert.match(await refused('https://:6443', token), /--url: .* is no address/);
  assert.match(await refused(url(), token, '--node', 'Pi.1'), /--node: must be a DNS label/);
  assert.match(
    await refused(url(), token, '--labels', 'site'),
    /--labels: "site" is no label: write key=value/,
  );
});

test('nobody there, or not with this port: where it was tried, and what to look at', async () => {
  const token = await newToken();
  const [port = 0] = await freePorts(1);
  const nobody = await refused(`https://${boards.hostAddress}:${port}`, token);
  assert.match(nobody, new RegExp(`${boards.hostAddress}:${port}: nothing listens there`));
  assert.match(nobody, /Check that `bramble up` runs there/);
  assert.match(
    await refused(boards.hostAddress, token),
    new RegExp(`${boards.hostAddress}:6443: nothing listens`),
  );
  assert.match(
    await refused('https://no-such-host.invalid:6443', token),
    /cannot be looked up|no such host name/,
  );
  await board.cutOff();
  assert.match(await refused(url(), token), /no way leads|no network|does not answer/);
  await board.plugIn();
});

test('a token that is unknown, expired, revoked, used up, or another controller’s', async () => {
  const good = await newToken();
  const [scheme, id, secret, pin] = good.split('.');
  const cure = /bramble token create/;
  const unknown = await refused(url(), [scheme, id, `x${secret?.slice(1)}`, pin].join('.'));
  assert.match(unknown, /the join token is unknown/);
  assert.match(unknown, cure);
  const other = await refused(url(), [scheme, id, secret, `x${pin?.slice(1)}`].join('.'));
  assert.match(other, /not the controller that the token was made by/);
  await bramble.bramble(['token', 'revoke', good]);
  assert.match(await refused(url(), good), /the join token is unknown/);
  const brief = await newToken('--expires 1s');
  await eventually('the token to expire', async () =>
    (await bramble.bramble('token list')).includes(brief.split('.')[1] ?? '') ? undefined : true,
  );
  assert.match(await refused(url(), brief), /expired|unknown/);
});

test('a board joins under its host name; the token is kept nowhere, and without one it starts again as who it is', async () => {
  const token = await newToken();
  await board.join(url(), token);
  await nodeBecomes(bramble, 'pi-1');
  assert.match(await bramble.bramble('boards'), new RegExp(`^pi-1 +Ready +\\S+ +${board.address} `, 'm'));
  await assert.rejects(stat(join(board.dataDir, 'agent', 'join-token')), { code: 'ENOENT' });
  assert.equal(await board.stopAgent(), 0);
  await board.start();
  await nodeBecomes(bramble, 'pi-1');
});

test('a board that is removed is out at once; with another token it is back', async () => {
  await bramble.bramble('board remove pi-1');
  assert.doesNotMatch(await bramble.bramble('boards'), /pi-1/);
  await eventually(
    'the board to say that it is not known',
    () => (/the fleet does not know this board/.test(board.agent.output) ? true : undefined),
    { withinMs: 60_000, otherwise: () => board.agent.output },
  );
  assert.equal(await board.stopAgent(), 0);
  await board.join(url(), await newToken());
  await nodeBecomes(bramble, 'pi-1');
  assert.equal(await board.stopAgent(), 0);
});

test('a service of systemd’s: refused where systemd is not process 1, else written and enabled', async () => {
  const token = await newToken();
  const file = join(board.folder, 'token');
  await writeFile(file, `${token}\n`);
  const words = [url(), '--token-file', file, '--install-service', '--node', 'pi-9'];
  assert.match(await refused(...words), /systemd is not process 1 here.*\n .*main\.ts join https/);
  const bin = join(board.folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'systemctl'), `#!/bin/sh\necho "$@" >> ${board.folder}/systemctl.log\n`);
  await chmod(join(bin, 'systemctl'), 0o755);
  await board.succeed('mkdir', ['-p', '/run/systemd/system', '/etc/systemd/system']);
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
  const done = await board.bramble(['join', ...words, '--data-dir', board.dataDir], { env });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /the board runs now and whenever this machine is on/);
  const calls = await readFile(join(board.folder, 'systemctl.log'), 'utf8');
  assert.equal(calls, 'daemon-reload\nenable --now bramble-board.service\n');
  const unit = await board.succeed('cat', ['/etc/systemd/system/bramble-board.service']);
  assert.match(
    unit,
    new RegExp(`^ExecStart=\\S+ ${join(project, 'cli/main.ts')} join ${url()} --token-file ${file} `, 'm'),
  );
  assert.match(unit, /^KillMode=process$/m);
  assert.ok(!unit.includes(token), 'arguments are for everybody to read');
});
