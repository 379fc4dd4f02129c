import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { keepPicture, phone, type Screen, TestBrowser } from './fixture/browser.ts';

let bramble: Bramble;
let browser: TestBrowser;

before(async () => {
  bramble = await startBramble();
  browser = await TestBrowser.start();
});
after(async () => {
  await browser?.close();
  await bramble?.dispose();
});

const adminToken = async (): Promise<string> =>
  (await readFile(join(bramble.dataDir, 'admin-token'), 'utf8')).trim();

async function signIn(user: string, token: string, screen?: Screen): Promise<Page> {
  const page = await browser.open(`https://127.0.0.1:${bramble.place.httpsPort}/dashboard`, screen);
  await page.fill('input[name=user]', user);
  await page.fill('input[name=token]', token);
  await page.click('button.primary');
  return page;
}

/** As if the file were dropped on the page by a mouse. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  // As text: it runs in the browser, whose names this program does not know.
  const dataTransfer = await page.evaluateHandle(
    `(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
      return transfer;
    })()`,
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer });
}

const misspelt = `apiVersion: v1
kind: Pod
metadata:
  name: seen
spec:
  containers:
    - name: web
      imagePullPolicy: Sometimes
`;
const right = misspelt.replace('imagePullPolicy: Sometimes', 'image: localhost/bramble/hello:1');

describe('the dashboard in Chromium', () => {
  test('a wrong token is refused in words', async () => {
    const page = await signIn('admin', 'wrong');
    await page.waitForSelector('.trouble:has-text("does not know this user")');
  });

  test('boards are shown with their measurements', async () => {
    const page = await signIn('admin', await adminToken());
    const card = page.locator(`[data-node="${bramble.node}"]`);
    await card.locator('text=/^ready for /').waitFor();
    await card.locator('meter[aria-label^="CPU"]').waitFor();
    await card.locator('meter[aria-label^="Memory"]').waitFor();
    await page.waitForSelector('.tiles >> text=/boards ready/');
    await keepPicture(page, 'boards');
  });

  test('a dropped file is applied; what is wrong stands at its line; then the pod runs, and its log is followed', async () => {
    const page = await signIn('admin', await adminToken());
    await page.waitForSelector('.tiles');
    await drop(page, 'seen.yaml', misspelt);
    await page.click('button:text-is("Apply").primary');
    await page.waitForSelector('.problem:has-text("spec.containers[0].image") >> text=line 7');
    await page.waitForSelector('.problem:has-text("spec.containers[0].imagePullPolicy") >> text=line 8');
    assert.deepEqual(await page.locator('.gutter .wrong').allTextContents(), ['7', '8']);
    await keepPicture(page, 'apply-refused');
    await page.fill('textarea', right);
    await page.click('button:text-is("Apply").primary');
    await page.waitForSelector('.done:has-text("Pod seen created")');
    await page.click('nav >> text=Pods');
    const row = page.locator('[data-pod="default/seen"]');
    await row.locator('text=Running').waitFor();
    await row.locator(`text=${bramble.node}`).waitFor();
    await row.click();
    await page.waitForSelector('.log:has-text("listening on port 8080")');
    await keepPicture(page, 'pod');
    await page.keyboard.press('Escape');
    await page.click('nav >> text=Events');
    await page.waitForSelector('.events li:has-text("Scheduled"):has-text("default/seen")');
    page.on('dialog', (dialog) => void dialog.accept());
    await page.click('nav >> text=Pods');
    await row.click();
    await page.click('button:text-is("Delete")');
    await page.waitForSelector('text=This pod is gone.');
  });

  test('a viewer looks, and cannot touch', async () => {
    const token = (await bramble.bramble('user create vera --role view')).trim();
    await bramble.kubectl('create -f examples/hello.yaml');
    const page = await signIn('vera', token, phone);
    await page.waitForSelector('.who:has-text("looks on")');
    assert.equal(await page.locator('nav >> text=Apply').count(), 0);
    await drop(page, 'seen.yaml', right);
    await page.click('nav >> text=Pods');
    const row = page.locator('[data-pod="default/hello"]');
    await row.locator('text=Running').waitFor();
    await keepPicture(page, 'phone-dark');
    await row.click();
    await page.waitForSelector('.log:has-text("listening")');
    assert.equal(await page.locator('button:text-is("Delete")').count(), 0);
    assert.equal(await page.locator('textarea').count(), 0);
  });

  test('on a phone nothing is wider than the screen', async () => {
    const page = await signIn('admin', await adminToken(), phone);
    for (const tab of ['Boards', 'Pods', 'Events', 'Apply']) {
      await page.click(`nav >> text=${tab}`);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(Number(overflow) <= 0, `${tab} is ${overflow} pixels too wide`);
    }
  });

  test('a board that is lost, and back, is seen without a reload; so is a controller', async () => {
    const page = await signIn('admin', await adminToken());
    const card = page.locator(`[data-node="${bramble.node}"]`);
    await card.locator('text=/^ready for /').waitFor();
    process.kill(await bramble.pidOf('agent'), 'SIGSTOP');
    const stopped = await bramble.pidOf('agent');
    try {
      process.kill(stopped, 'SIGKILL');
      await card.locator('text=/^lost for /').waitFor();
      await keepPicture(page, 'board-lost');
    } finally {
      await card.locator('text=/^ready for /').waitFor();
    }
    process.kill(await bramble.pidOf('controller'), 'SIGKILL');
    await page.waitForSelector('.banner:has-text("connection is lost")');
    await page.waitForSelector('.banner', { state: 'detached' });
    await card.locator('text=/^ready for /').waitFor();
  });

  test('nothing was complained of but what was done on purpose', () => {
    const expected = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|ERR_NETWORK_CHANGED/;
    assert.deepEqual(
      browser.complaints.filter((text) => !expected.test(text)),
      [],
    );
  });
});
