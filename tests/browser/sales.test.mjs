// Selling on the page: the board, saved views, exports, undo, the trash, converting a lead, and changes
// that others make. One server for all; each test makes its own records.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { api } from './boathouse.mjs';
import { demoSuite } from './suite.mjs';

const { open } = demoSuite();

const unique = (word) => `${word} ${Math.random().toString(36).slice(2, 10)}`;
const row = (page, name) => page.locator('.grid-row', { hasText: name });

test('a deal is moved on the board, and its column counts it', async () => {
  const page = await open('/opportunities');
  const name = unique('Deal');
  const deal = await api(page, 'POST', '/opportunities', { name, stage: 'prospecting', amount: '999999' });
  const where = encodeURIComponent(JSON.stringify([{ field: 'name', op: 'eq', value: name }]));
  await page.goto(`/opportunities?board=true&where=${where}`);
  const column = (stage) => page.getByRole('region', { name: stage, exact: true });
  await column('Prospecting').getByRole('link', { name }).waitFor();
  await page.getByLabel(`Stage of ${name}`).selectOption({ label: 'Proposal' });
  await column('Proposal').getByRole('link', { name }).waitFor();
  assert.equal(await column('Proposal').locator('.count').innerText(), '1');
  assert.equal(await column('Prospecting').locator('.count').innerText(), '0');
  assert.equal((await api(page, 'GET', `/opportunities/${deal.id}`)).stage, 'proposal');
});

test('a view is saved, chosen and deleted', async () => {
  const page = await open('/accounts');
  const name = unique('Seen');
  await api(page, 'POST', '/accounts', { name, industry: name });
  const where = encodeURIComponent(JSON.stringify([{ field: 'industry', op: 'eq', value: name }]));
  await page.goto(`/accounts?where=${where}`);
  await row(page, name).waitFor();
  await page.getByRole('button', { name: 'View' }).click();
  await page.getByRole('menuitem', { name: 'Save as a view…' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.goto('/accounts');
  await page.getByRole('button', { name: 'View' }).click();
  await page.getByRole('menuitemcheckbox', { name }).click();
  await row(page, name).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.grid-row').length === 1);
  await page.getByRole('button', { name: 'View' }).click();
  await page.getByRole('menuitem', { name: `Delete “${name}”` }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText(`View ${name} deleted`).waitFor();
});

test('a list is exported as it stands', async () => {
  const page = await open('/accounts');
  const name = unique('Exported');
  await api(page, 'POST', '/accounts', { name, industry: name });
  const where = encodeURIComponent(JSON.stringify([{ field: 'industry', op: 'eq', value: name }]));
  await page.goto(`/accounts?where=${where}`);
  await row(page, name).waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'CSV', exact: true }).click();
  const download = await downloading;
  assert.equal(download.suggestedFilename(), 'accounts.csv');
  const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/);
  assert.equal(lines.length, 2);
  assert.ok(lines[0].startsWith('id,name,'), lines[0]);
  assert.ok(lines[1].includes(name), lines[1]);
});

test('a change is undone where it is told of', async () => {
  const page = await open('/accounts');
  const account = await api(page, 'POST', '/accounts', { name: unique('Undone'), industry: 'before' });
  await api(page, 'PATCH', `/accounts/${account.id}`, { industry: 'after' });
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByText('Change undone').waitFor();
  assert.equal((await api(page, 'GET', `/accounts/${account.id}`)).industry, 'before');
});

test('what was deleted comes back from the trash', async () => {
  const page = await open('/accounts');
  const name = unique('Deleted');
  const account = await api(page, 'POST', '/accounts', { name });
  await api(page, 'DELETE', `/accounts/${account.id}`);
  await page.goto('/trash');
  await page.getByRole('button', { name: `Restore ${name}` }).click();
  await page.getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
});

test('a lead becomes an account with a contact and a deal', async () => {
  const page = await open('/leads');
  const company = unique('Leading');
  const lead = await api(page, 'POST', '/leads', { last_name: 'Roe', first_name: 'Jane', company });
  await page.goto(`/leads/${lead.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Convert lead…' }).click();
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await page.getByRole('heading', { name: company, level: 1 }).waitFor();
  await page.getByRole('region', { name: 'Contacts' }).getByRole('link', { name: 'Jane Roe' }).waitFor();
  await page.getByRole('region', { name: 'Opportunities' }).getByRole('link', { name: company }).waitFor();
});

test('what others change shows without reloading', async () => {
  const page = await open('/accounts');
  const name = unique('Live');
  const account = await api(page, 'POST', '/accounts', { name });
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some((entry) => entry.name.includes('/history')),
  );
  await api(page, 'PATCH', `/accounts/${account.id}`, { name: `${name} renamed` });
  await page.getByRole('heading', { name: `${name} renamed`, level: 1 }).waitFor();
});
