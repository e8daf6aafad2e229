// Shares, recipients and what they read, on the page, in front of a server of its own that begins empty. The
// tests run in the order they stand, as an administrator sets up one share.
// BOATHOUSE_SHOTS names a folder to take pictures into.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import axe from 'axe-core';
import { openPage, startBrowser, startEmptyBoathouse } from './boathouse.mjs';

let server;
let browser;
let session;
let link;
let profile;
let opened = [];

before(async () => {
  server = await startEmptyBoathouse();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(async () => {
  const faults = opened.flatMap((one) => one.faults);
  for (const { context } of opened) await context.close();
  opened = [];
  assert.deepEqual(faults, [], 'the page itself must not fail, nor ask another host');
});

async function open(path, options = { storageState: session }) {
  const one = await openPage(browser, server.url, { ...options, viewport: { width: 1280, height: 900 } });
  opened.push(one);
  await one.page.goto(path);
  return one.page;
}

async function shoot(page, name) {
  if (!process.env.BOATHOUSE_SHOTS) return;
  await page.evaluate(() => document.fonts.ready);
  const path = join(process.env.BOATHOUSE_SHOTS, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
}

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
  );
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`);
  assert.deepEqual(told, []);
}

const card = (page, name) => page.getByRole('region', { name });

test('the page shows what comes with the program, and that nobody reads it', async () => {
  const page = await open(server.setup_link.slice(server.url.length), {});
  await page.getByLabel('Workspace').fill('Acme');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByLabel('Password').fill('a password for the test');
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  session = await page.context().storageState();
  await page.goto('/settings');
  await page.getByRole('link', { name: 'Sharing' }).click();
  await card(page, 'Shares').getByText('boathouse').waitFor();
  await card(page, 'Shares').getByText('granted to 0 recipients').waitFor();
  await card(page, 'Recipients').getByText('Nobody reads from outside yet').waitFor();
  await card(page, 'What was read in 30 days').getByText('Nothing yet.').waitFor();
  await card(page, 'Shares').getByRole('button', { name: 'Tables of boathouse' }).click();
  await page.getByRole('table', { name: 'Tables of boathouse' }).getByText('crm.accounts').waitFor();
  await accessible(page);
});

test('a table is published with chosen columns, a mask and a filter', async () => {
  const page = await open('/settings/sharing');
  const shares = card(page, 'Shares');
  await shares.getByRole('button', { name: 'New share' }).click();
  const share = page.getByRole('dialog', { name: 'New share' });
  await share.getByLabel('Name').fill('for partners');
  await share.getByRole('button', { name: 'Make share' }).click();
  await share.getByRole('alert').waitFor();
  await share.getByLabel('Name').fill('partners');
  await share.getByLabel('What it is for').fill('Lakeside Logistics');
  await share.getByRole('button', { name: 'Make share' }).click();
  await shares.getByText('It holds nothing yet').waitFor();

  await shares.getByRole('button', { name: 'Publish a table' }).click();
  const form = page.getByRole('dialog', { name: 'Publish in partners' });
  await form.getByLabel('Object').selectOption({ label: 'Contacts' });
  await form.getByLabel('Name of the table').fill('people');
  await form.getByLabel('Only records that meet').fill('nmae = 1');
  await form.getByRole('checkbox', { name: /Every field as it is/ }).uncheck();
  await form.getByLabel('How Email is shown').selectOption({ label: 'SHA-256' });
  await form.getByRole('checkbox', { name: 'Phone', exact: true }).uncheck();
  await accessible(page);
  await shoot(page, 'publish-table');
  await form.getByRole('button', { name: 'Publish' }).click();
  await form.getByRole('alert').getByText('nmae').waitFor();
  await form.getByLabel('Only records that meet').fill('email != null');
  await form.getByRole('button', { name: 'Publish' }).click();
  const tables = page.getByRole('table', { name: 'Tables of partners' });
  await tables.getByText('crm.people').waitFor();
  await tables.getByText('email (sha256)').waitFor();
  await tables.getByText('email != null').waitFor();
  assert.doesNotMatch(await tables.innerText(), /, phone/, 'a dropped field is not shown');
  await shares.getByText('1 table · granted to 0 recipients').waitFor();
});

test('a recipient is made with a link, whose button hands out the profile once', async () => {
  const page = await open('/settings/sharing');
  const recipients = card(page, 'Recipients');
  await recipients.getByRole('button', { name: 'New recipient' }).click();
  const form = page.getByRole('dialog', { name: 'New recipient' });
  await form.getByLabel('Name').fill('Lakeside');
  await form.getByRole('checkbox', { name: 'partners' }).check();
  await form.getByLabel('Only from these addresses').fill('10.0.0.1/8');
  await accessible(page);
  await shoot(page, 'new-recipient');
  await form.getByRole('button', { name: 'Make recipient' }).click();
  await form.getByRole('alert').getByText('behind its prefix').waitFor();
  await form.getByLabel('Only from these addresses').fill('127.0.0.0/8');
  await form.getByRole('button', { name: 'Make recipient' }).click();
  link = await form.locator('.token-secret').innerText();
  await form.getByRole('button', { name: 'Done' }).click();
  await recipients.getByText('link not opened yet').waitFor();
  await recipients.getByText('Reads partners · from 127.0.0.0/8').waitFor();

  const outside = await open(link.slice(server.url.length), {});
  await outside.getByRole('heading', { name: 'Live tables for Lakeside' }).waitFor();
  await accessible(outside);
  await shoot(outside, 'activation');
  const [download] = await Promise.all([
    outside.waitForEvent('download'),
    outside.getByRole('button', { name: 'Download the profile file' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'Lakeside.share');
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  profile = JSON.parse(Buffer.concat(chunks).toString());
  assert.equal(profile.shareCredentialsVersion, 1);
  const used = await fetch(link, { method: 'POST' });
  assert.equal(used.status, 404);
});

test('what the recipient reads is counted, and each request is told', async () => {
  const headers = { authorization: `Bearer ${profile.bearerToken}` };
  const read = await fetch(`${profile.endpoint}shares/partners/schemas/crm/tables/people/metadata`, { headers });
  assert.equal(read.status, 200);
  const page = await open('/settings/sharing');
  const usage = card(page, 'What was read in 30 days');
  await usage.getByRole('button', { name: 'Lakeside' }).click();
  const requests = usage.getByRole('region', { name: 'Requests of Lakeside' });
  await requests.getByText('partners.crm.people').first().waitFor();
  await requests.getByText('metadata').first().waitFor();
  await accessible(page);
  await shoot(page, 'sharing');
});

test('a credential is rotated and the recipient revoked', async () => {
  const page = await open('/settings/sharing');
  const recipients = card(page, 'Recipients');
  await recipients.getByRole('button', { name: 'Rotate Lakeside' }).click();
  const form = page.getByRole('dialog', { name: 'New credential for Lakeside' });
  await form.getByLabel('The old one works for hours').fill('0');
  await form.getByLabel(/From me/).check();
  await form.getByRole('button', { name: 'Make credential' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    form.getByRole('button', { name: 'Download' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'Lakeside.share');
  await form.getByRole('button', { name: 'Done' }).click();
  const headers = { authorization: `Bearer ${profile.bearerToken}` };
  assert.equal((await fetch(`${profile.endpoint}shares`, { headers })).status, 401);

  await recipients.getByRole('button', { name: 'Revoke Lakeside' }).click();
  const sure = page.getByRole('alertdialog');
  await sure.getByRole('button', { name: 'Revoke' }).click();
  await recipients.getByText('Nobody reads from outside yet').waitFor();
  await card(page, 'Shares').getByRole('button', { name: 'Delete partners' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await card(page, 'Shares').getByText('partners').waitFor({ state: 'detached' });
});
