import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

async function file(name: string, text: string): Promise<string> {
  const path = bramble.file(name);
  await writeFile(path, text);
  return path;
}

async function refused(args: string[]): Promise<string> {
  const { code, stderr } = await bramble.client('bramble', args);
  assert.notEqual(code, 0, stderr);
  return stderr;
}

const crashing = `
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec: {containers: [{name: main, image: localhost/bramble/hello:1, imagePullPolicy: Never, command: [/nowhere]}]}`;

const misspelt = `
apiVersion: v1
kind: Pod
metadata: {name: misspelt}
spec: {containers: [{name: main, image: localhost/nobody/made:this}]}`;

describe('bramble without kubectl', () => {
  test('apply, get, logs, trace, why and delete of a pod', async () => {
    assert.equal(await bramble.bramble('apply -f examples/hello.yaml'), 'pod/hello created\n');
    assert.equal(await bramble.bramble('apply -f examples/hello.yaml'), 'pod/hello unchanged\n');
    await bramble.kubectl('wait --for=condition=Ready pod/hello --timeout=60s');
    assert.match(
      await bramble.bramble('get pods'),
      /^NAME +READY +STATUS +RESTARTS +AGE\nhello +1\/1 +Running +0 +\d+s\n$/,
    );
    assert.match(
      await bramble.bramble('get pods -A -o wide'),
      new RegExp(`^NAMESPACE .* NODE .*\\ndefault +hello .* ${bramble.node} `),
    );
    assert.equal(await bramble.bramble('get pod/hello -o name'), 'pod/hello\n');
    const [ours, theirs] = await Promise.all(
      [bramble.bramble('get pod hello -o json'), bramble.kubectl('get pod hello -o json')].map(async (text) =>
        JSON.parse(await text),
      ),
    );
    assert.deepEqual(ours, theirs);
    assert.equal(await bramble.bramble('logs hello --tail 1'), 'hello: listening on port 8080\n');
    assert.match(await bramble.bramble('trace pod/hello'), /^1 client .*\n/m);
    assert.match(
      await bramble.bramble('why pod/hello'),
      /^Pod default\/hello is well: it runs on e2e-board with address /,
    );
    assert.match(await bramble.bramble('describe pod hello'), /^Name: hello\n.*\n {2}Normal +Started .*\n/s);
    assert.equal(await bramble.bramble('delete pod hello'), 'pod/hello deleted\n');
    assert.match(
      await refused(['delete', 'pod', 'nobody']),
      /^Error from server \(NotFound\): pods "nobody" not found/,
    );
  });

  test('a watch shows what is there, then each change, until Ctrl-C', async () => {
    await bramble.kubectl('create configmap first');
    const watch = bramble.beside('bramble', 'get configmaps -w');
    await watch.printed(/^NAME +DATA +AGE\nfirst +0 /m);
    await bramble.kubectl('create configmap shown --from-literal=a=b');
    await watch.printed(/^shown +1 +/m);
    watch.signal('SIGINT');
    assert.equal(await watch.ended(), 0);
  });

  test('why says what is wrong, and what to do', async () => {
    const files = [await file('crashing.yaml', crashing), await file('misspelt.yaml', misspelt)];
    await bramble.bramble(['apply', ...files.flatMap((each) => ['-f', each])]);
    const told = async (name: string, pattern: RegExp): Promise<void> => {
      for (const deadline = Date.now() + 60_000; ; ) {
        const text = await bramble.bramble(`why pod/${name}`);
        if (pattern.test(text)) return;
        assert.ok(Date.now() < deadline, text);
      }
    };
    await told('crashing', /Container main: .*\n {2}→ /);
    await told('misspelt', /waits for an image\.\n.*localhost\/nobody\/made:this/);
    await bramble.bramble('delete pods crashing misspelt');
  });

  test('another machine logs in with a token and the authority, and sees what its role lets it see', async () => {
    const token = (await bramble.bramble('user create vera --role view')).trim();
    const login = bramble.file('login.json');
    const broker = `mqtts://127.0.0.1:${bramble.place.mqttPort}`;
    const ca = join(bramble.dataDir, 'ca.crt');
    const words = ['login', broker, '--user', 'vera', '--token', token, '--login', login];
    assert.match(await refused(words), /another authority: name the fleet's with --ca/);
    assert.match(await refused([...words, '--ca', ca, '--token', 'wrong']), /does not let user "vera" in/);
    assert.match(await bramble.bramble([...words, '--ca', ca]), /^Logged in to /);
    assert.match(await bramble.bramble(['get', 'nodes', '--login', login]), /e2e-board +Ready/);
    assert.match(
      await refused(['apply', '-f', 'examples/hello.yaml', '--login', login]),
      /^Error from server \(Forbidden\): pods is forbidden: User "vera" cannot create/,
    );
    assert.match(await refused(['get', 'nodes', '--login', bramble.file('none')]), /no fleet is known/);
  });

  test('what is asked for wrongly is told with what there is', async () => {
    assert.match(await refused(['get', 'nothing']), /there is no kind "nothing"; there are pods, nodes/);
    assert.match(await refused(['get', 'pods', '-o', 'xml']), /it is one of table, wide, json, yaml, name/);
    assert.match(await refused(['delete', 'pod']), /say which of the pods/);
    assert.match(await refused(['apply', '-f', 'nowhere.yaml']), /nowhere\.yaml is not there/);
    assert.match(await refused(['logs', 'hello', '--since', 'long']), /--since long: a time such as/);
    const bad = await file(
      'bad.yaml',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: y}]}\n',
    );
    assert.match(await refused(['apply', '-f', bad]), /spec\.containers\[0\]\.image: Required value/);
  });

  test('bash completes commands, kinds and flags', async () => {
    const script = `source <(bramble completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bramble; echo "\${COMPREPLY[@]}"`;
    const complete = async (...typed: string[]): Promise<string> => {
      const { stdout, stderr } = await bramble.client('bash', ['-c', script, 'bash', ...typed]);
      assert.equal(stderr, '');
      return stdout.trim();
    };
    assert.equal(await complete('bramble', 'desc'), 'describe');
    assert.equal(await complete('bramble', 'get', 'config'), 'configmaps');
    assert.equal(await complete('bramble', 'logs', 'hello', '--fol'), '--follow');
    assert.equal(await complete('bramble', 'user', 'cr'), 'create');
  });
});
