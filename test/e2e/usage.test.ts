import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, shell, stream } from './fixture/objects.ts';

let bramble: Bramble;

const busy = {
  ...pod('busy', [
    shell('burner', 'while :; do :; done', { resources: { limits: { cpu: '200m', memory: '64Mi' } } }),
    shell('calm', 'sleep 100000'),
  ]),
  metadata: { name: 'busy', labels: { app: 'busy' } },
};
const idle = pod('idle', [shell('main', 'sleep 100000')]);

before(async () => {
  bramble = await startBramble();
  await bramble.kubectl('create -f -', stream([busy, idle]));
  await bramble.kubectl('wait --for=condition=Ready pod/busy pod/idle --timeout=60s');
});
after(() => bramble?.dispose());

/** Rows of a command's table once it has one that matches: what is measured takes its time to come. */
function shows(command: () => Promise<{ stdout: string; stderr: string }>, row: RegExp): Promise<string[]> {
  let last = '';
  return eventually(
    `${row}`,
    async () => {
      const { stdout, stderr } = await command();
      last = stdout + stderr;
      return row.test(stdout) ? stdout.trimEnd().split('\n') : undefined;
    },
    { withinMs: 60_000, everyMs: 500, otherwise: () => last },
  );
}

const kubectl = (args: string) => () => bramble.client('kubectl', args);
const ours = (args: string) => () => bramble.client('bramble', args);

describe('what boards and pods use', () => {
  test('kubectl top: the busy container first, the idle one at nothing', async () => {
    const rows = await shows(
      kubectl('top pods -A --containers --sort-by=cpu --no-headers'),
      /^default +busy +burner +[1-9]\d*m +\d+Mi/,
    );
    const names = rows.map((row) => row.split(/ +/).slice(0, 3).join(' '));
    assert.deepEqual(names.toSorted(), ['default busy burner', 'default busy calm', 'default idle main']);
    assert.match(rows.find((row) => / calm /.test(row)) ?? '', / calm +\d?m +/);
    await shows(kubectl('top pod -l app=busy --no-headers'), /^busy +[1-9]\d*m +\d+Mi +\n$/);
    await shows(kubectl('top pod idle --no-headers'), /^idle +\dm +\d+Mi +\n$/);
    assert.match(await bramble.kubectlRefuses('top pod nobody'), /podmetrics|pods.*"nobody" not found/);
    await shows(kubectl('top nodes --no-headers'), /^e2e-board +[1-9]\d*m +\d+% +[1-9]\d*Mi +\d+% +\n$/);
  });

  test('the API: discovery, objects, a table, and no writing', async () => {
    const known = await bramble.kubectl('api-resources --api-group=metrics.k8s.io --no-headers');
    assert.match(
      known,
      /^nodes +metrics\.k8s\.io\/v1beta1 +false +NodeMetrics\npods +.* true +PodMetrics\n$/,
    );
    await shows(
      kubectl('get nodes.metrics.k8s.io'),
      /^NAME +CPU +MEMORY +WINDOW\ne2e-board +\d+m +\d+Mi +15s\n$/,
    );
    const { items } = JSON.parse(
      await bramble.kubectl('get --raw /apis/metrics.k8s.io/v1beta1/namespaces/default/pods'),
    );
    assert.deepEqual(
      items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['busy', 'idle'],
    );
    assert.match(
      await bramble.kubectlRefuses('delete nodes.metrics.k8s.io --all'),
      /delete is not supported on resources of kind "nodes\.metrics\.k8s\.io"/,
    );
  });

  test('bramble top, over MQTT alone', async () => {
    const rows = await shows(
      ours('top pods'),
      /^NAME +CPU +MEMORY\nbusy +[1-9]\d*m +[\d.]+Mi\nidle +\dm +[\d.]+Mi\n$/,
    );
    assert.equal(rows.length, 3);
    await shows(
      ours('top nodes'),
      /^NAME +CPU .* TEMPERATURE\ne2e-board +[1-9]\d*m +\d+% +[1-9]\d*Mi +\d+% +(<unknown>|-?[\d.]+ °C)\n$/,
    );
    assert.match(
      await bramble.bramble('top pod/busy --containers'),
      /\nbusy +burner +[1-9]\d*m .*\nbusy +calm +\d+m /,
    );
    const [first] = JSON.parse(await bramble.bramble('top pods -A -o json')).items;
    assert.deepEqual([first.kind, first.metadata.name], ['PodMetrics', 'busy']);
    const { stderr } = await bramble.client('bramble', 'top services');
    assert.match(stderr, /say nodes or pods/);
  });
});

const value = '(?:NaN|[+-]Inf|[+-]?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const comment = /^# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+$/;
const sample = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{${label}(?:,${label})*\\})? (${value})$`);

/** As Prometheus asks: the authority and the token from files. */
async function scrape(token?: string): Promise<{ code: string; text: string }> {
  const url = `https://127.0.0.1:${bramble.place.httpsPort}/metrics`;
  const { stdout } = await bramble.client('curl', [
    ...['-sS', '--cacert', `${bramble.dataDir}/ca.crt`, '-w', '%{http_code}', url],
    ...(token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]),
  ]);
  return { code: stdout.slice(-3), text: stdout.slice(0, -3) };
}

describe('/metrics', () => {
  test('nobody reads it without a token', async () => {
    assert.equal((await scrape()).code, '401');
    assert.equal((await scrape('wrong')).code, '401');
  });

  test('every line is of the text format; kube-state-metrics’ names, and the boards’ own', async () => {
    const token = (await bramble.bramble('user create prometheus --role view')).trim();
    const find = (text: string, name: string): string[] =>
      text.split('\n').filter((line) => line.startsWith(`${name}{`));
    const { text } = await eventually('the measurements of the board', async () => {
      const answer = await scrape(token);
      assert.equal(answer.code, '200', answer.text);
      return find(answer.text, 'bramble_board_cpu_ratio').length > 0 ? answer : undefined;
    });
    const lines = text.split('\n');
    assert.equal(lines.pop(), '');
    for (const line of lines) assert.ok(comment.test(line) || sample.test(line), line);
    const info = find(text, 'kube_pod_info').find((line) => line.includes('pod="busy"'));
    assert.match(info ?? '', /namespace="default",pod="busy".*node="e2e-board".* 1$/);
    assert.match(
      find(text, 'kube_pod_status_phase').join('\n'),
      /pod="busy",uid="[^"]+",phase="Running"\} 1$/m,
    );
    const ratio = Number(find(text, 'bramble_board_cpu_ratio')[0]?.split(' ').at(-1));
    assert.ok(ratio > 0 && ratio <= 1, `${ratio}`);
  });
});
