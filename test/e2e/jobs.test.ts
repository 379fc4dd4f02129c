import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { helloImage, shell, stream } from './fixture/objects.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

type Fields = Readonly<Record<string, unknown>>;

function job(name: string, script: string, spec: Fields = {}): Fields {
  const pod = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    containers: [shell('main', script)],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec: pod }, ...spec },
  };
}

const create = (...jobs: Fields[]): Promise<string> => bramble.kubectl('create -f -', stream(jobs));
const wait = (name: string, condition: string): Promise<string> =>
  bramble.kubectl(['wait', `job/${name}`, `--for=condition=${condition}`, '--timeout=40s']);
const field = (name: string, path: string): Promise<string> =>
  bramble.kubectl(['get', 'job', name, '-o', `jsonpath={${path}}`]);
const podsOf = async (name: string): Promise<string[]> =>
  (await bramble.kubectl(['get', 'pods', '-l', `job-name=${name}`, '-o', 'name']))
    .split('\n')
    .filter((line) => line !== '');

test('kubectl create job runs a command to its end', async () => {
  await bramble.kubectl(['create', 'job', 'once', `--image=${helloImage}`, '--', 'sh', '-c', 'echo done']);
  await wait('once', 'complete');
  assert.equal(await bramble.kubectl('logs job/once'), 'done\n');
  assert.match(await bramble.kubectl('get job once --no-headers'), /^once +Complete +1\/1 /);
});

test('each index of an indexed job runs once, some at once, and the job goes when its time is over', async () => {
  const spec = { completions: 4, parallelism: 2, completionMode: 'Indexed', ttlSecondsAfterFinished: 2 };
  await create(job('indexed', 'echo index $JOB_COMPLETION_INDEX; sleep 0.2', spec));
  await wait('indexed', 'complete');
  assert.equal(await field('indexed', '.status.completedIndexes'), '0-3');
  await eventually('the end of the job and its pods', async () => {
    const found = await bramble.kubectl('get jobs indexed --ignore-not-found -o name');
    return found === '' && (await podsOf('indexed')).length === 0 ? true : undefined;
  });
});

test('a job that fails too often has failed; one that takes too long, too', async () => {
  await create(
    job('fails', 'exit 3', { backoffLimit: 0 }),
    job('slow', 'sleep 1000', { activeDeadlineSeconds: 2 }),
  );
  await wait('fails', 'failed');
  assert.match(await field('fails', '.status.conditions[*].reason'), /BackoffLimitExceeded/);
  await wait('slow', 'failed');
  assert.match(await field('slow', '.status.conditions[*].reason'), /DeadlineExceeded/);
  assert.deepEqual(await podsOf('slow'), []);
});

test('a pod that somebody deletes is counted and made up for; a suspended job stops, and goes on later', async () => {
  await create(job('stubborn', 'sleep 1000'));
  const [first = ''] = await eventually('its pod', async () => {
    const pods = await podsOf('stubborn');
    return pods.length > 0 ? pods : undefined;
  });
  await bramble.kubectl(['wait', first, '--for=condition=Ready', '--timeout=30s']);
  await bramble.kubectl(['delete', first]);
  await eventually('the count', async () =>
    (await field('stubborn', '.status.failed')) === '1' ? true : undefined,
  );
  await bramble.kubectl(['patch', 'job', 'stubborn', '-p', '{"spec":{"suspend":true}}']);
  await eventually('no pod', async () => ((await podsOf('stubborn')).length === 0 ? true : undefined));
  assert.match(await bramble.kubectl('get job stubborn --no-headers'), /Suspended/);
  assert.equal(await field('stubborn', '.status.failed'), '1', 'what the job stops is no failure');
  await bramble.kubectl(['patch', 'job', 'stubborn', '-p', '{"spec":{"suspend":false}}']);
  await eventually('a pod again', async () => ((await podsOf('stubborn')).length === 1 ? true : undefined));
  await bramble.kubectl('delete job stubborn');
  await eventually('its end', async () => ((await podsOf('stubborn')).length === 0 ? true : undefined));
});
