import { keepPicture, TestBrowser } from '../e2e/fixture/browser.ts';

// `node dashboard.ts URL USER TOKEN BOARD POD`: signs in as a person would, and waits until board and pod are shown.

const [url = '', user = '', token = '', board = '', pod = ''] = process.argv.slice(2);
const browser = await TestBrowser.start();
try {
  const page = await browser.open(url);
  await page.fill('input[name=user]', user);
  await page.fill('input[name=token]', token);
  await page.click('button.primary');
  await page.locator(`[data-node="${board}"]`).locator('text=/^ready for /').waitFor();
  await page.click('nav >> text=Pods');
  await page.locator(`[data-pod="default/${pod}"]`).locator('text=Running').waitFor();
  await keepPicture(page, 'whole-path');
} finally {
  await browser.close();
}
