// What administrators set up for everybody (roles, webhooks, automations, rules about duplicates), and what
// everybody does with the last: hearing what a new record looks like, and merging. One server for all; each
// test makes its own.
// BOATHOUSE_SHOTS names a folder to take pictures into.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { api, settled, signIn } from './boathouse.mjs';
import { demoSuite } from './suite.mjs';

const suite = demoSuite();
const { open } = suite;
const unique = (word) => `${word} ${Math.random().toString(36).slice(2, 10)}`;

// A program that webhooks are sent to: what came, and what it answers.
const receiver = { received: [], status: 200, url: '', waiting: [] };
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => {
    receiver.received.push({ headers: request.headers, body: JSON.parse(text) });
    response.writeHead(receiver.status).end();
    for (const wake of receiver.waiting.splice(0)) wake();
  });
});

before(async () => {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  receiver.url = `http://127.0.0.1:${server.address().port}/hook`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function receivedBy(wanted) {
  while (!receiver.received.some(wanted)) {
    await new Promise((wake) => receiver.waiting.push(wake));
  }
  return receiver.received.find(wanted);
}

async function shoot(page, name) {
  await settled(page);
  if (!process.env.BOATHOUSE_SHOTS) return;
  await page.evaluate(() => document.fonts.ready);
  const path = join(process.env.BOATHOUSE_SHOTS, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
}

// In light and in dark, wide and narrow: nothing that axe finds, and nothing that is wider than the page.
async function accessible(page) {
  await settled(page);
  await page.evaluate(axe.source);
  for (const [colorScheme, width] of [['light', 1440], ['dark', 1440], ['light', 420]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    // Once what was asked for is drawn: colours move to their new values.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    // What turns for ever is no movement to wait for; one that ends may begin others.
    await page.waitForFunction(
      () =>
        !document
          .getAnimations()
          .some((moving) => moving.playState === 'running' && moving.effect.getComputedTiming().endTime < Infinity),
    );
    const { violations } = await page.evaluate(() =>
      window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
    );
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`);
    assert.deepEqual(told, [], `${colorScheme}, ${width} wide`);
    const over = await page.evaluate(() => {
      const main = document.querySelector('#main');
      return main.scrollWidth - main.clientWidth;
    });
    assert.equal(over, 0, `${width} wide: the page scrolls sideways`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

// Tab until the focus is where one wants to be, as somebody without a mouse does.
async function tabTo(page, locator) {
  for (let steps = 0; steps < 60; ++steps) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('the keyboard does not get there');
}

test('a role is made, refused where it reaches too far, given, and kept while somebody has it', async () => {
  const page = await open('/settings');
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Roles' }).click();
  await page.getByRole('button', { name: 'New role' }).click();
  const dialog = page.getByRole('dialog', { name: 'New role' });
  await accessible(page);
  await dialog.getByLabel('Name for programs').fill('Sales Rep');
  await dialog.getByRole('button', { name: 'Make role' }).click();
  await dialog.getByRole('alert').first().waitFor();
  assert.equal(await dialog.getByLabel('Name for programs').getAttribute('aria-invalid'), 'true');
  const label = unique('Rep');
  await dialog.getByLabel('What people call it').fill(label);
  const name = label.toLowerCase().replace(' ', '_');
  await dialog.getByLabel('Name for programs').fill(name);
  await dialog.getByRole('button', { name: 'Make role' }).click();
  await page.getByRole('heading', { name: label, level: 1 }).waitFor();

  // It began like a member; now it sees its own, and changes all: more than it sees.
  await page.getByLabel('All objects: sees').selectOption('own');
  await page.getByRole('button', { name: 'Save role' }).click();
  const changes = page.getByLabel('All objects: changes');
  await page.getByText('may reach as far as read').first().waitFor();
  assert.equal(await changes.getAttribute('aria-invalid'), 'true');
  await shoot(page, 'role-refused');
  await changes.selectOption('own');
  await page.getByLabel('All objects: deletes').selectOption('own');

  // By keyboard: accounts are set apart, and one of their fields is hidden.
  const apart = page.getByLabel('Object to set apart');
  await tabTo(page, apart);
  await page.keyboard.type('Acc');
  await tabTo(page, page.getByRole('button', { name: 'Set apart' }));
  await page.keyboard.press('Enter');
  await page.getByLabel('Accounts: sees').selectOption('all');
  await page.getByRole('button', { name: /^Accounts: fields/ }).press('Enter');
  const fields = page.getByRole('dialog', { name: 'Fields of accounts' });
  await accessible(page);
  await fields.getByLabel('Annual revenue').selectOption('none');
  await fields.getByRole('button', { name: 'Done' }).press('Enter');
  await page.getByRole('button', { name: 'Accounts: fields, 1 differs' }).waitFor();
  await page.getByRole('button', { name: 'Save role' }).click();
  await page.getByText('Role saved').waitFor();
  await accessible(page);
  await shoot(page, 'role');
  assert.deepEqual((await api(page, 'GET', `/roles/${name}`)).objects.account, {
    read: 'all',
    fields: { annual_revenue: 'none' },
  });

  const person = unique('Ben');
  const email = `${name}@example.com`;
  const { id } = await api(page, 'POST', '/users', { name: person, email, role: 'viewer' });
  const password = 'a password for the test';
  await api(page, 'POST', `/auth/users/${id}/password`, { password });
  await page.getByLabel('Give it to').fill(person);
  await page.getByRole('option', { name: person }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Give role' }).click();
  await page.getByText(`${person} is ${label} now`).waitFor();
  await page.getByRole('region', { name: 'Who has it' }).getByRole('link', { name: person }).waitFor();

  const theirs = await open('/sign-in', {});
  await signIn(theirs, { email, password });
  const { items } = await api(theirs, 'GET', '/accounts?page_size=1');
  assert.equal('annual_revenue' in items[0], false);
  await theirs.getByRole('columnheader', { name: 'Industry' }).waitFor();
  assert.equal(await theirs.getByRole('columnheader', { name: 'Annual revenue' }).count(), 0);

  await page.getByRole('button', { name: 'Delete role' }).click();
  const confirm = page.getByRole('alertdialog');
  await confirm.getByRole('button', { name: 'Delete' }).click();
  await confirm.getByRole('alert').waitFor();
  await confirm.getByRole('button', { name: 'Cancel' }).click();
  await page.getByLabel(`Role of ${person}`, { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: `Change the role of ${person}` }).click();
  await page.getByText('Nobody has this role yet').waitFor();
  await page.getByRole('button', { name: 'Delete role' }).click();
  await confirm.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Roles', level: 1 }).waitFor();
  await page.getByRole('link', { name: label }).waitFor({ state: 'detached' });
  await accessible(page);
  await shoot(page, 'roles');
});

test('a role that is not saved is not lost by a click, and that of administrators is as it is', async () => {
  const page = await open('/settings/roles/member');
  await page.getByLabel('All objects: exports').selectOption('false');
  await page.getByRole('link', { name: 'Webhooks' }).click();
  const confirm = page.getByRole('alertdialog', { name: 'Leave without saving?' });
  await confirm.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Not saved yet').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  await page.goto('/settings/roles/admin');
  await page.getByText('Nobody can take that away').last().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save role' }).count(), 0);
});

test('roles can be chosen where they are given otherwise', async () => {
  const page = await open('/users');
  const name = unique('cashier').toLowerCase().replace(' ', '_');
  await api(page, 'POST', '/roles', { name, label: 'Cashier', objects: { '*': { read: 'own' } } });
  const person = unique('Cleo');
  await page.getByRole('button', { name: /^New/ }).click();
  const form = page.getByRole('dialog', { name: 'New user' });
  await form.getByLabel('Name').first().fill(person);
  await form.getByLabel('Email').fill(`${name}@example.com`);
  await form.getByLabel('Role').selectOption(name);
  await form.getByRole('button', { name: 'Create user' }).click();
  await page.getByRole('heading', { name: person, level: 1 }).waitFor();
  assert.equal((await api(page, 'GET', `/users/${page.url().split('/').pop()}`)).role, name);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Add provider' }).click();
  await page.getByLabel('People who come for the first time').selectOption(name);
});

test('a webhook is set up, tested, and sent changes again', async () => {
  const page = await open('/settings/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  const dialog = page.getByRole('dialog', { name: 'New webhook' });
  await accessible(page);
  await dialog.getByLabel('Address').fill('ftp://example.com');
  await dialog.getByRole('button', { name: 'Make webhook' }).click();
  await dialog.getByRole('alert').waitFor();
  assert.equal(await dialog.getByLabel('Address').getAttribute('aria-invalid'), 'true');
  const name = unique('Hook');
  await dialog.getByLabel('Address').fill(receiver.url);
  await dialog.getByLabel('What it is for').fill(name);
  await dialog.getByLabel('Accounts').check();
  await dialog.getByLabel('Only records for which').fill('nope = 1');
  await dialog.getByRole('button', { name: 'Make webhook' }).click();
  await dialog.getByText('has no field "nope"').waitFor();
  await dialog.getByLabel('Only records for which').fill(`industry = "${name}"`);
  await dialog.getByRole('button', { name: 'Make webhook' }).click();
  const told = page.getByRole('dialog', { name: 'The secret of the webhook' });
  assert.match(await told.locator('.token-secret').innerText(), /^whsec_/);
  await told.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name }).waitFor();
  await accessible(page);
  await shoot(page, 'webhooks');

  await page.getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The test was taken (answer 200)').waitFor();
  receiver.status = 500;
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('the receiver answered 500').waitFor();
  receiver.status = 200;

  const account = await api(page, 'POST', '/accounts', { name: unique('Sent'), industry: name });
  const about = ({ body }) => body.events?.some((event) => event.id === account.id);
  const { body } = await receivedBy(about);
  const { sequence } = body.events.find((event) => event.id === account.id);
  await page.getByText(/change [\d,]+ of the log/).waitFor();
  receiver.received = [];
  await page.getByRole('button', { name: 'Replay…' }).click();
  const replay = page.getByRole('dialog', { name: 'Replay changes' });
  await replay.getByLabel('From change number').fill('soon');
  await replay.getByRole('button', { name: 'Send again' }).click();
  await replay.getByText('must be the number of a change').waitFor();
  await accessible(page);
  await replay.getByLabel('From change number').fill(String(sequence));
  await replay.getByRole('button', { name: 'Send again' }).click();
  await replay.waitFor({ state: 'detached' });
  await receivedBy(about);
  await accessible(page);
  await shoot(page, 'webhook');

  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('button', { name: 'Switch on' }).waitFor();
  await page.getByRole('button', { name: 'New secret…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make a new secret' }).click();
  await told.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  await page.getByRole('link', { name }).waitFor({ state: 'detached' });
});

// An event is given up after eleven hours, so here the server's answers about them are made up.
test('dead letters are read page by page, sent again and dropped', async () => {
  const page = await open('/settings/webhooks');
  const hook = await api(page, 'POST', '/webhooks', { url: receiver.url, is_active: false });
  const letter = (number) => ({
    id: `letter-${number}`,
    event: { type: 'record.updated', sequence: number, object: 'account', id: 'x', changes: {} },
    failed_at: '2026-11-24T10:00:00Z',
    error: 'the receiver answered 503',
  });
  let letters = Array.from({ length: 30 }, (_, i) => letter(i + 1));
  const asked = [];
  await page.route(`**/webhooks/${hook.id}/dead-letters**`, async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    asked.push(`${request.method()} ${url.pathname.split('/').pop()} ${request.postData() ?? ''}`);
    if (request.method() === 'DELETE') {
      letters = [];
      return route.fulfill({ status: 204 });
    }
    if (request.method() === 'POST') {
      const { id } = request.postDataJSON();
      const queued = letters.filter((each) => id === undefined || each.id === id).length;
      letters = letters.filter((each) => id !== undefined && each.id !== id);
      return route.fulfill({ json: { queued } });
    }
    const begin = letters.findIndex((each) => each.id === url.searchParams.get('after')) + 1;
    const items = letters.slice(begin, begin + Number(url.searchParams.get('page_size')));
    const rest = letters.length > begin + items.length;
    return route.fulfill({ json: { items, next_after: rest ? items.at(-1).id : null } });
  });
  await page.goto(`/settings/webhooks/${hook.id}`);
  const dead = page.getByRole('region', { name: 'Dead letters' });
  await dead.getByText('account changed, change 1', { exact: true }).waitFor();
  assert.equal(await dead.getByRole('listitem').count(), 25);
  await dead.getByRole('button', { name: 'Show more dead letters' }).click();
  await dead.getByText('account changed, change 30', { exact: true }).waitFor();
  await dead.getByText('What it says').first().click();
  await dead.getByText('"sequence": 1,').waitFor();
  await accessible(page);
  await shoot(page, 'dead-letters');
  await dead.getByRole('button', { name: 'Send again: account changed, change 2', exact: true }).click();
  await page.getByText('One event is sent again').waitFor();
  await dead.getByText('account changed, change 2', { exact: true }).waitFor({ state: 'detached' });
  assert.ok(asked.includes('POST retry {"id":"letter-2"}'), asked.join('\n'));
  await dead.getByRole('button', { name: 'Drop all…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Drop all' }).click();
  await dead.getByText('None: everything was taken').waitFor();
  await api(page, 'DELETE', `/webhooks/${hook.id}`);
});

test('an automation is made, refused beside its condition, and its run is told', async () => {
  const page = await open('/settings/automations');
  await page.getByRole('button', { name: 'New automation' }).click();
  const dialog = page.getByRole('dialog', { name: 'New automation' });
  const name = unique('Chase');
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByLabel('Records of').selectOption('account');
  await dialog.getByLabel('Condition').fill('industry =');
  await dialog.getByRole('button', { name: 'Save automation' }).click();
  await dialog.getByText('Choose a field to set.').waitFor();
  await dialog.getByLabel('Action 1, line 1: field').selectOption('description');
  await dialog.getByLabel('Action 1, line 1: value').fill('Seen as {{nope}}');
  await dialog.getByRole('button', { name: 'Save automation' }).click();
  await dialog.getByRole('alert').first().waitFor();
  assert.equal(await dialog.getByLabel('Condition').getAttribute('aria-invalid'), 'true');
  await dialog.getByLabel('Condition').fill(`industry = "${name}"`);
  await dialog.getByRole('button', { name: 'Save automation' }).click();
  await dialog.getByText('has no field "nope"').waitFor();
  const value = dialog.getByLabel('Action 1, line 1: value');
  assert.equal(await value.getAttribute('aria-invalid'), 'true');
  await value.fill('Seen as {{name}}');
  await dialog.getByRole('button', { name: 'Add an action' }).click();
  await dialog.getByLabel('Action 2', { exact: true }).selectOption('create_activity');
  await dialog.getByLabel('Action 2, line 2: value').fill('Call {{name}}');
  await dialog.getByLabel('Due in days').fill('2');
  await accessible(page);
  await shoot(page, 'automation');
  await dialog.getByRole('button', { name: 'Save automation' }).click();
  const list = page.getByRole('region', { name: 'Automations' });
  await list.getByText(`When an account is created or changed and industry = "${name}"`).waitFor();
  await list.getByText('sets Description, makes an activity').first().waitFor();

  const account = await api(page, 'POST', '/accounts', { name: unique('Run'), industry: name });
  assert.equal((await api(page, 'GET', `/accounts/${account.id}`)).description, `Seen as ${account.name}`);
  const runs = page.getByRole('region', { name: 'Log of runs' });
  await runs.getByLabel('Runs of').selectOption({ label: name });
  await runs.getByRole('button', { name: 'Refresh' }).click();
  await runs.getByRole('link', { name: account.name }).waitFor();
  await runs.getByText('set fields, made an activity').waitFor();
  await accessible(page);
  await shoot(page, 'automations');

  // It comes back from the server as it was made.
  await list.getByRole('button', { name: `Edit ${name}` }).click();
  const editing = page.getByRole('dialog', { name: 'Edit the automation' });
  assert.equal(await editing.getByLabel('Due in days').inputValue(), '2');
  await editing.getByLabel('On a change it runs').selectOption('changed');
  await editing.getByLabel('Rating').check();
  await editing.getByRole('button', { name: 'Save automation' }).click();
  await list.getByText('created or changed in Rating').waitFor();
  await list.getByRole('button', { name: `Switch off ${name}` }).click();
  await list.getByRole('button', { name: `Switch on ${name}` }).waitFor();
  await list.getByRole('button', { name: `Remove ${name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await list.getByText(name, { exact: true }).waitFor({ state: 'detached' });
});

test('a rule about duplicates keeps a record from being created, unless one insists', async () => {
  const page = await open('/settings/duplicates');
  await page.getByRole('button', { name: 'New rule' }).click();
  const dialog = page.getByRole('dialog', { name: 'New duplicate rule' });
  await dialog.getByRole('button', { name: 'Save rule' }).click();
  await dialog.getByText('Choose a field, or remove this line.').waitFor();
  await dialog.getByLabel('Records of').selectOption('product');
  await dialog.getByLabel('Field 1', { exact: true }).selectOption('name');
  assert.equal(await dialog.getByLabel('How field 1 is compared').inputValue(), 'name');
  await dialog.getByLabel('When one is created').selectOption('block');
  await accessible(page);
  await shoot(page, 'duplicate-rule');
  await dialog.getByRole('button', { name: 'Save rule' }).click();
  const rule = 'Products with the same name';
  await page.getByText(rule, { exact: true }).waitFor();
  await accessible(page);
  await shoot(page, 'duplicate-rules');

  const name = unique('Pump');
  const there = await api(page, 'POST', '/products', { name });
  await page.goto('/products');
  await page.getByRole('button', { name: /^New/ }).click();
  const form = page.getByRole('dialog', { name: 'New product' });
  await form.getByLabel('Name').first().fill(name.toUpperCase());
  await form.getByRole('button', { name: 'Create product' }).click();
  await form.getByText('Not created.').waitFor();
  assert.equal(await form.getByLabel('Name').first().getAttribute('aria-invalid'), 'true');
  await form.getByText(`looks like ${name}`, { exact: true }).waitFor();
  const link = form.getByRole('link', { name, exact: true });
  assert.equal(await link.getAttribute('href'), `/products/${there.id}`);
  await accessible(page);
  await shoot(page, 'blocked');
  await form.getByRole('button', { name: 'Create it all the same' }).click();
  await page.getByRole('heading', { name: name.toUpperCase(), level: 1 }).waitFor();

  await page.goto('/settings/duplicates');
  await page.getByRole('button', { name: `Switch off: ${rule}` }).click();
  await page.getByRole('button', { name: `Switch on: ${rule}` }).waitFor();
  await page.getByRole('button', { name: `Remove: ${rule}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText(rule, { exact: true }).waitFor({ state: 'detached' });
});

test('a new record that looks like another says so, and is merged into it', async () => {
  const page = await open('/accounts');
  const name = unique('Twin');
  const first = await api(page, 'POST', '/accounts', { name, phone: '1', billing_city: 'Akron' });
  await page.getByRole('button', { name: /^New/ }).click();
  const form = page.getByRole('dialog', { name: 'New account' });
  await form.getByLabel('Name').first().fill(`${name} Inc`);
  await form.getByLabel('Phone').fill('2');
  await form.getByLabel('Billing city').fill('Erie');
  await form.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: `${name} Inc`, level: 1 }).waitFor();
  const second = page.url().split('/').pop();
  const banner = page.getByRole('status').filter({ hasText: 'looks like' });
  await banner.getByRole('link', { name, exact: true }).waitFor();
  await accessible(page);
  await shoot(page, 'looks-like');
  await banner.getByRole('button', { name: 'Compare and merge…' }).click();
  const merge = page.getByRole('dialog', { name: 'Merge accounts' });
  // The older one stays, and what it has, unless somebody chooses.
  await merge.getByRole('radio', { name: `Phone: 2, of ${name} Inc` }).check();
  assert.ok(await merge.getByRole('radio', { name: `Billing city: Akron, of ${name}` }).isChecked());
  await accessible(page);
  await shoot(page, 'merge');
  await merge.getByRole('button', { name: 'Merge into one' }).click();
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
  await banner.waitFor({ state: 'detached' });
  const merged = await api(page, 'GET', `/accounts/${first.id}`);
  assert.equal(merged.phone, '2');
  assert.equal(merged.billing_city, 'Akron');
  const old = await page.request.fetch(`/api/v1/accounts/${second}`, { maxRedirects: 0 });
  assert.equal(old.status(), 308);
});

test('keeping both takes the word away', async () => {
  const page = await open('/accounts');
  const name = unique('Both');
  await api(page, 'POST', '/accounts', { name });
  await page.getByRole('button', { name: /^New/ }).click();
  await page.getByRole('dialog').getByLabel('Name').first().fill(name);
  await page.getByRole('button', { name: 'Create account' }).click();
  const banner = page.getByRole('status').filter({ hasText: 'looks like' });
  await banner.getByRole('button', { name: 'Keep both' }).click();
  await banner.waitFor({ state: 'detached' });
});

test('records are selected in a list and merged by keyboard alone', async () => {
  const page = await open('/contacts');
  const city = unique('City');
  const made = [];
  for (const [last_name, title] of [['Ashby', 'Buyer'], ['Ashby-Roe', null], ['Ashford', 'Owner']]) {
    made.push(await api(page, 'POST', '/contacts', { last_name, title, mailing_city: city }));
  }
  const where = encodeURIComponent(JSON.stringify([{ field: 'mailing_city', op: 'eq', value: city }]));
  await page.goto(`/contacts?where=${where}&order=last_name`);
  await page.getByRole('row', { name: /Ashford/ }).waitFor();
  await page.keyboard.press('x');
  await page.getByText('1 contact selected').waitFor();
  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await page.getByText('3 contacts selected').waitFor();
  assert.equal(await page.getByRole('row', { selected: true }).count(), 3);
  await accessible(page);
  await shoot(page, 'selection');
  await page.keyboard.press('m');
  const merge = page.getByRole('dialog', { name: 'Merge contacts' });
  const first = merge.getByRole('radio', { name: 'Ashby', exact: true });
  await first.waitFor();
  assert.ok(await first.evaluate((element) => element === document.activeElement));
  // Another one stays; of two titles, the one of the winner is taken unless somebody chooses.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.ok(await merge.getByRole('radio', { name: 'Ashford', exact: true }).isChecked());
  assert.ok(await merge.getByRole('radio', { name: 'Title: Owner, of Ashford' }).isChecked());
  await tabTo(page, merge.getByRole('radio', { name: 'Title: Owner, of Ashford' }));
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  assert.ok(await merge.getByRole('radio', { name: 'Title: Buyer, of Ashby', exact: true }).isChecked());
  await tabTo(page, merge.getByRole('button', { name: 'Merge into one' }));
  await page.keyboard.press('Enter');
  await page.getByText('3 contacts are one now').waitFor();
  await page.getByText('selected').waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /Ashby/ }).first().waitFor({ state: 'detached' });
  const winner = await api(page, 'GET', `/contacts/${made[2].id}`);
  assert.equal(winner.title, 'Buyer');
  assert.equal(winner.last_name, 'Ashford');
});

test('a value that the merged record cannot have is refused beside its field', async () => {
  const page = await open('/accounts');
  const name = unique('Nest');
  const child = await api(page, 'POST', '/accounts', { name: `${name} child` });
  const one = await api(page, 'POST', '/accounts', { name });
  const two = await api(page, 'POST', '/accounts', { name: `${name} two`, parent_id: child.id });
  await api(page, 'PATCH', `/accounts/${child.id}`, { parent_id: one.id });
  await page.goto(`/accounts/${one.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Merge with…' }).click();
  const merge = page.getByRole('dialog', { name: 'Merge accounts' });
  await accessible(page);
  await merge.getByLabel('One with the name').fill(two.name);
  await merge.getByRole('option', { name: two.name }).click();
  await merge.getByRole('radio', { name: `Parent account: ${child.name}, of ${two.name}` }).check();
  await merge.getByRole('button', { name: 'Merge into one' }).click();
  const row = merge.getByRole('row', { name: /Parent account/ });
  await row.getByRole('alert').waitFor();
  await accessible(page);
  await shoot(page, 'merge-refused');
  assert.equal((await api(page, 'GET', `/accounts/${two.id}`)).name, two.name);
});

test('duplicates are looked for among all records of an object', async () => {
  const page = await open('/accounts');
  const domain = unique('site').replace(' ', '-');
  const website = `https://${domain}.example`;
  const name = unique('Found');
  await api(page, 'POST', '/accounts', { name: `${name} North`, website });
  await api(page, 'POST', '/accounts', { name: `${name} South`, website });
  await page.getByRole('link', { name: 'Find duplicates' }).click();
  await page.getByRole('heading', { name: 'Duplicates', level: 1 }).waitFor();
  // What was made last is looked at last.
  const group = page.getByRole('listitem').filter({ hasText: `${name} North` });
  const further = page.getByRole('button', { name: 'Look further' });
  while ((await group.count()) === 0) {
    await settled(page);
    if ((await group.count()) > 0) break;
    await further.click();
    await page.getByRole('button', { name: 'Loading…' }).waitFor({ state: 'detached' });
  }
  await group.getByText('Accounts with the same domain of website').waitFor();
  await accessible(page);
  await shoot(page, 'duplicates');
  await group.getByRole('button', { name: /^Merge/ }).click();
  const merge = page.getByRole('dialog', { name: 'Merge accounts' });
  await merge.getByRole('button', { name: 'Merge into one' }).click();
  await merge.waitFor({ state: 'detached' });
  await group.waitFor({ state: 'detached' });
});

test('who may not is not offered it', async () => {
  const { viewer_email: email, viewer_password: password } = suite.server;
  const page = await open('/sign-in', {});
  await signIn(page, { email, password });
  await page.getByRole('row').nth(3).waitFor();
  assert.equal(await page.getByRole('checkbox').count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Find duplicates' }).count(), 0);
  await page.keyboard.press('x');
  await page.keyboard.press('m');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await page.goto('/settings');
  await page.getByRole('region', { name: 'You', exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Roles' }).count(), 0);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  for (const path of ['roles', 'roles/member', 'automations', 'webhooks', 'duplicates']) {
    await page.goto(`/settings/${path}`);
    await page.getByText('For administrators').waitFor();
  }
  await accessible(page);
  assert.deepEqual(
    asked.filter((path) => /\/api\/v1\/(roles|automations|automation-runs|webhooks)/.test(path)),
    [],
  );
});

test('lists do not wait for what only settings need', async () => {
  const page = await open('/accounts');
  await page.getByRole('row').nth(3).waitFor();
  const files = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => entry.name),
  );
  const scripts = files.filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length > 0);
  const late = /(Settings|Role|Webhook|Automation|Duplicate|Merge|Audit)\w*-[\w-]+\.js$/;
  assert.deepEqual(scripts.filter((name) => late.test(name)), []);
});
