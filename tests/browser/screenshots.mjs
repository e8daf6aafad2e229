// Takes a picture of each page into docs/screenshots/, in light and, for some, in dark.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { busyAccount, openPage, settled, signIn, startBoathouse, startBrowser } from './boathouse.mjs';

const folder = resolve(import.meta.dirname, '../../docs/screenshots');
const question = 'What is the lifetime gross margin by account for the Cleveland territory?';

await mkdir(folder, { recursive: true });
const server = await startBoathouse();
const browser = await startBrowser();
try {
  await pictures('light');
  await pictures('dark');
  await withoutLakehouse();
} finally {
  await browser.close();
  await server.stop();
}

// The last one, because it takes the lakehouse away.
async function withoutLakehouse() {
  if (!server.lakehouse_pid) return;
  const { page, context } = await openPage(browser, server.url, {
    viewport: { width: 1280, height: 800 },
  });
  await signIn(page, server);
  process.kill(server.lakehouse_pid, 'SIGKILL');
  await page.keyboard.press('a');
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Retry' }).waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(folder, 'assistant-away.png'), animations: 'disabled' });
  await context.close();
}

async function pictures(colorScheme) {
  const { page, context } = await openPage(browser, server.url, {
    colorScheme,
    viewport: { width: 1280, height: 800 },
  });
  const dark = colorScheme === 'dark';
  const shoot = async (name) => {
    await settled(page);
    await page.evaluate(() => document.fonts.ready);
    const file = dark ? `${name}-dark.png` : `${name}.png`;
    await page.screenshot({ path: join(folder, file), animations: 'disabled' });
  };

  await page.goto('/sign-in');
  await page.getByLabel('Email').waitFor();
  if (!dark) await shoot('sign-in');
  await signIn(page, server);
  await page.getByRole('row').nth(3).waitFor();
  await shoot('accounts');

  const account = await busyAccount(page);
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').first().waitFor();
  await shoot('account');
  if (!dark) {
    await page.getByRole('button', { name: 'Gross margin by product family' }).click();
    await page.getByText('read live, not stored').waitFor();
    await shoot('account-assistant');
    await page.getByRole('button', { name: 'Close the assistant' }).click();

    await page.keyboard.press('e');
    await page.getByRole('dialog').waitFor();
    await shoot('account-edit');
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search everything' }).fill('con');
    await page.getByRole('option').nth(3).waitFor();
    await shoot('search');
    await page.keyboard.press('Escape');

    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await shoot('shortcuts');
    await page.keyboard.press('Escape');

    await page.goto('/opportunities?order=amount%20desc');
    await page.getByRole('row').nth(3).waitFor();
    await shoot('opportunities');
    await page.goto('/settings');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await shoot('settings');
    await page.goto('/assistant');
    await page.getByRole('list', { name: 'Example questions' }).waitFor();
    await shoot('assistant-start');
  }

  await page.goto('/accounts');
  await page.getByRole('row').nth(3).waitFor();
  await page.keyboard.press('a');
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
  await page.getByText('read live, not stored').waitFor();
  await shoot('assistant-panel');
  await page.getByRole('link', { name: 'Open on a page of its own' }).click();
  await page.getByText('SQL', { exact: true }).click();
  await shoot('assistant');
  await context.close();
}
