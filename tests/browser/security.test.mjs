// Signing in with a second step, sessions, tokens and the audit log, in front of a server of its own that
// begins empty. The tests run in the order they stand, as one person's first day.
// BOATHOUSE_SHOTS names a folder to take pictures into.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import axe from 'axe-core';
import { api, openPage, startBrowser, startEmptyBoathouse } from './boathouse.mjs';

const email = 'ada@example.com';
const password = 'a password for the test';
let server;
let browser;
let session;
let secret;
let opened = [];
let usedStep = 0;

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

// What an authenticator app shows. A code is good once: the step after the last one used, which the
// server takes half a minute early.
function code() {
  const now = Math.floor(Date.now() / 30_000);
  const step = Math.max(now, usedStep + 1);
  assert.ok(step <= now + 1, 'a third code within half a minute would be refused');
  usedStep = step;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const card = (page, name) => page.getByRole('region', { name });

test('the first administrator sees how the account is kept safe', async () => {
  const page = await open(server.setup_link.slice(server.url.length), {});
  await page.getByLabel('Workspace').fill('Acme');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  session = await page.context().storageState();
  await page.goto('/settings');
  await card(page, 'Where you are signed in').getByText('This one').waitFor();
  await card(page, 'Sign-in providers').getByText('OpenID Connect').waitFor();
  await accessible(page);
  await shoot(page, 'settings');
});

test('an authenticator app is set up by its QR code, with recovery codes', async () => {
  const page = await open('/settings');
  await card(page, 'Two-step sign-in').getByRole('button', { name: 'Set up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Two-step sign-in' });
  await dialog.getByLabel('Your password').fill('wrong password');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByText('the password is wrong').waitFor();
  await dialog.getByLabel('Your password').fill(password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByRole('img', { name: 'QR code' }).waitFor();
  secret = (await dialog.locator('.totp-secret').innerText()).replaceAll(' ', '');
  assert.match(secret, /^[A-Z2-7]{32}$/);
  await accessible(page);
  await shoot(page, 'totp-setup');
  await dialog.getByRole('textbox', { name: 'Code' }).fill('000000');
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByRole('textbox', { name: 'Code' }).fill(code());
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  const codes = dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await codes.first().waitFor();
  assert.equal(await codes.count(), 10);
  await shoot(page, 'recovery-codes');
  await dialog.getByRole('button', { name: 'I have kept them' }).click();
  await card(page, 'Two-step sign-in').getByText('10 recovery codes are left').waitFor();
});

test('signing in asks for the code, and leads to where one wanted to go', async () => {
  const page = await open('/settings', {});
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await accessible(page);
  await shoot(page, 'sign-in-code');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').waitFor();
  await page.getByRole('button', { name: 'Use the authenticator app' }).click();
  await page.getByLabel('Code').fill(code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  const sessions = card(page, 'Where you are signed in').getByRole('listitem');
  await sessions.nth(1).waitFor();
  assert.equal(await sessions.count(), 2);
  await sessions.filter({ hasText: 'Chrome' }).first().waitFor();
});

test('a session elsewhere is ended, and its page asks to sign in', async () => {
  const elsewhere = await open('/settings', {
    storageState: session,
  });
  await card(elsewhere, 'Where you are signed in').getByText('This one').waitFor();
  await card(elsewhere, 'Where you are signed in').getByRole('button', { name: 'End', exact: true }).click();
  await card(elsewhere, 'Where you are signed in')
    .getByRole('button', { name: 'End', exact: true })
    .waitFor({ state: 'detached' });
});

test('a token is made for some objects, shown once, and revoked', async () => {
  const page = await open('/settings');
  const tokens = card(page, 'API tokens');
  await tokens.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog', { name: 'New API token' });
  await dialog.getByRole('button', { name: 'Make token' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('What it is for').fill('Nightly report');
  await dialog.getByRole('checkbox', { name: /^read / }).uncheck();
  await dialog.getByText('Only some objects').click();
  await dialog.getByLabel('accounts:read').check();
  await dialog.getByLabel('opportunities:export').check();
  await accessible(page);
  await shoot(page, 'token-new');
  await dialog.getByRole('button', { name: 'Make token' }).click();
  const token = await dialog.locator('.token-secret').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const line = tokens.getByRole('listitem').filter({ hasText: 'Nightly report' });
  await line.getByText('opportunities:export').waitFor();
  await line.getByText('Never used').waitFor();

  const ask = (path) =>
    fetch(`${server.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await ask('/accounts')).status, 200);
  assert.equal((await ask('/contacts')).status, 403);
  await page.reload();
  await line.getByText('Used just now from 127.0.0.1').waitFor();
  await shoot(page, 'tokens');
  await line.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  // While it asks, what is behind it has no role: the line would count as gone.
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await line.waitFor({ state: 'detached' });
  assert.equal((await ask('/accounts')).status, 401);
});

test('the audit log tells of it, can be filtered, and taken away', async () => {
  const page = await open('/settings');
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByRole('cell', { name: /Token made/ }).first().waitFor();
  await page.getByRole('cell', { name: 'failed', exact: true }).first().waitFor();
  await accessible(page);
  await shoot(page, 'audit');
  await page.getByLabel('Outcome').selectOption('failed');
  await page.getByRole('cell', { name: 'ok', exact: true }).first().waitFor({ state: 'detached' });
  await page.getByLabel('Outcome').selectOption('');
  await page.getByLabel('What').selectOption('totp_enabled');
  await page.getByRole('cell', { name: /Two-step sign-in turned on/ }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  assert.match((await download).suggestedFilename(), /^audit.*\.csv$/);
});

test('an administrator gives somebody a password, and ends their sessions', async () => {
  const page = await open('/settings');
  await api(page, 'POST', '/users', { name: 'Ben', email: 'ben@example.com', role: 'viewer' });
  await page.reload();
  await page.getByLabel('Find somebody').fill('ben');
  await page.getByRole('button', { name: 'Security of Ben' }).click();
  const dialog = page.getByRole('dialog', { name: 'How Ben signs in' });
  await dialog.getByText('Signed in nowhere').waitFor();
  await dialog.getByLabel('First password').fill('short');
  await dialog.getByRole('button', { name: 'Set password' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('First password').fill(password);
  await dialog.getByRole('button', { name: 'Set password' }).click();
  await dialog.getByText('The sessions have ended').waitFor();
  const theirs = await page.request.fetch('/api/v1/auth/sign-in', {
    method: 'POST',
    data: { email: 'ben@example.com', password },
    // The answer's cookie would sign Ada out.
    headers: { Cookie: '' },
  });
  assert.equal(theirs.status(), 200);
  await page.context().clearCookies();
  await page.context().addCookies(session.cookies);
  await page.reload();
  await page.getByRole('button', { name: 'Security of Ben' }).click();
  await dialog.getByText('Signed in once').waitFor();
  await accessible(page);
  await shoot(page, 'people');
  await dialog.getByRole('button', { name: 'End all' }).click();
  await dialog.getByText('Signed in nowhere').waitFor();
});

test('who has no second step sets it up first when everybody needs one', async () => {
  const admin = await open('/settings');
  await card(admin, 'Security of the workspace').getByLabel('Everybody needs').check();
  const user = { name: 'Mia', email: 'mia@example.com', role: 'member' };
  const { id } = await api(admin, 'POST', '/users', user);
  await api(admin, 'POST', `/auth/users/${id}/password`, { password });
  const page = await open('/sign-in', {});
  await page.getByLabel('Email').fill(user.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Set up two-step sign-in' }).waitFor();
  await accessible(page);
  await shoot(page, 'second-step');
  await page.goto('/accounts');
  await page.getByRole('heading', { name: 'Set up two-step sign-in' }).waitFor();
});

test('a provider that failed is put into words', async () => {
  const page = await open('/sign-in?provider_error=no_user', {});
  await page.getByRole('alert').getByText('no user with your e-mail').waitFor();
  await shoot(page, 'provider-error');
});
