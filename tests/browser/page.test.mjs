// The page as a sales rep uses it, against the real program: `npm test` here, or with
// BOATHOUSE_BIN naming another build. The tests share one server and run in the order they stand:
// the last one takes the lakehouse away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import { api, busyAccount, hasBinary, settled, signIn, startEmptyBoathouse } from './boathouse.mjs';
import { demoSuite } from './suite.mjs';

const question = 'What is the lifetime gross margin by account for the Cleveland territory?';

const demo = demoSuite();
const { open } = demo;

async function newAccount(page, fields = {}) {
  const name = `Test ${Math.random().toString(36).slice(2, 10)}`;
  return api(page, 'POST', '/accounts', { name, ...fields });
}

const grid = (page, name) => page.getByRole('grid', { name });
const firstTitle = (page) => page.locator('.grid-row .cell-title').first();
const timeline = (page) => page.getByRole('region', { name: 'Timeline' });

// The rows of the server's answer are shown, not the placeholders before it.
async function listed(page) {
  await page.locator('.grid[aria-busy="false"] [role="row"].grid-row').first().waitFor();
}

async function rowTexts(page, column) {
  await listed(page);
  const index = await page
    .getByRole('columnheader')
    .evaluateAll((heads, name) => heads.findIndex((head) => head.innerText.trim() === name), column);
  assert.ok(index >= 0, `no column ${column}`);
  return page
    .locator('.grid-row')
    .evaluateAll((rows, at) => rows.map((row) => row.children[at].innerText), index);
}

test('a new installation is set up by its one-time link', async (t) => {
  if (!hasBinary || process.env.BOATHOUSE_DEMO_JSON) return t.skip('there is no program to start');
  const fresh = await startEmptyBoathouse();
  try {
    const page = await demo.openAt(fresh.url);
    const fill = async (password) => {
      await page.getByLabel('Workspace').fill('Test Supply');
      await page.getByLabel('Your name').fill('Ada Example');
      await page.getByLabel('Email').fill('ada@example.com');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Create workspace' }).click();
    };
    await page.goto('/');
    await page.waitForURL(/\/setup/);
    await page.goto('/setup?token=wrong');
    await fill('correct horse battery staple');
    await page.getByRole('alert').waitFor();

    await page.goto(fresh.setup_link);
    await fill('short');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true');
    await fill('correct horse battery staple');
    await page.getByText('No accounts yet').waitFor();
    await page.goto(fresh.setup_link);
    await page.getByText('Already set up').waitFor();
  } finally {
    await fresh.stop();
  }
});

test('a wrong password is explained, the right one leads back to where one wanted to go', async () => {
  const page = await open('/contacts?q=a', {});
  await page.getByLabel('Email').fill(demo.server.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true');
  assert.notEqual((await page.getByRole('alert').innerText()).trim(), '');

  await page.getByLabel('Password').fill(demo.server.password);
  await page.keyboard.press('Enter');
  await grid(page, 'Contacts').waitFor();
  assert.match(page.url(), /\/contacts\?q=a/);
});

test('accounts are searched, sorted and filtered by the server, and the address keeps it', async () => {
  const page = await open('/accounts');
  await listed(page);
  const all = Number((await page.locator('.page-head .count').innerText()).replaceAll(',', ''));
  assert.ok(all > 0);

  await page.locator('[role="columnheader"][aria-sort="ascending"]', { hasText: 'Name' }).waitFor();
  const up = await rowTexts(page, 'Name');
  await page.getByRole('button', { name: 'Name' }).click();
  await page.waitForURL(/order=name(%20|\+)desc/);
  await page.locator('[role="columnheader"][aria-sort="descending"]').waitFor();
  await page.waitForFunction((first) => {
    const title = document.querySelector('.grid[aria-busy="false"] .cell-title');
    return title && title.innerText !== first;
  }, up[0]);
  const down = await rowTexts(page, 'Name');
  assert.ok(up[0] < down[0], `${up[0]} < ${down[0]}`);

  const word = up[2].split(' ')[0];
  await page.getByRole('textbox', { name: 'Search accounts' }).fill(word);
  await page.waitForURL(/q=/);
  await page.waitForFunction(
    (total) => {
      const count = document.querySelector('.page-head .count')?.textContent ?? '';
      return count !== '' && Number(count.replaceAll(',', '')) < total;
    },
    all,
  );
  assert.ok((await rowTexts(page, 'Name')).some((name) => name.includes(word)));
  await page.reload();
  assert.equal(await page.getByRole('textbox', { name: 'Search accounts' }).inputValue(), word);

  await page.getByRole('textbox', { name: 'Search accounts' }).fill('zzz no such account');
  await page.getByText('Nothing matches').waitFor();
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await listed(page);

  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByLabel('Field', { exact: true }).selectOption({ label: 'Type' });
  await page.getByLabel('Value', { exact: true }).selectOption({ label: 'Customer' });
  await page.getByRole('button', { name: 'Add filter' }).click();
  await page.getByText('Type is').waitFor();
  await page.waitForFunction(() => {
    const badges = [...document.querySelectorAll('.grid[aria-busy="false"] .grid-row')];
    return badges.length > 0 && badges.every((row) => row.innerText.includes('Customer'));
  });
});

test('a long list is read page by page while it scrolls, with few rows in the document', async () => {
  const page = await open('/opportunities');
  await listed(page);
  const total = Number(await grid(page, 'Opportunities').getAttribute('aria-rowcount')) - 1;
  assert.ok(total > 100, `${total} opportunities are more than a page`);
  const second = page.waitForResponse((response) => response.url().includes('page_token='));
  await grid(page, 'Opportunities').focus();
  await page.keyboard.press('End');
  await second;
  await page.waitForFunction(() => {
    const indexes = [...document.querySelectorAll('.grid-row')].map((row) => Number(row.ariaRowIndex));
    return Math.max(...indexes) > 101;
  });
  assert.ok((await page.locator('.grid-row').count()) < 100);
});

test('an account shows its contacts, opportunities and timeline, and they link back', async () => {
  const page = await open('/accounts');
  const account = await busyAccount(page);
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('heading', { name: account.name, level: 1 }).waitFor();
  const contacts = page.getByRole('region', { name: 'Contacts' });
  await contacts.getByRole('link').first().waitFor();
  await page.getByRole('region', { name: 'Opportunities' }).getByRole('link').first().waitFor();
  await timeline(page).getByRole('listitem').first().waitFor();
  await timeline(page).getByRole('button', { name: 'Activities' }).click();
  assert.ok((await timeline(page).getByRole('listitem').count()) > 0);

  await contacts.locator('.cell-title').first().click();
  await page.waitForURL(/\/contacts\//);
  await page.getByRole('link', { name: account.name }).first().click();
  await page.waitForURL(new RegExp(`/accounts/${account.id}`));
});

test('a field is edited in place, and the timeline says who changed what', async () => {
  const page = await open('/accounts');
  const account = await newAccount(page, { industry: 'Forging' });
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('button', { name: 'Edit Industry' }).click();
  await page.getByRole('textbox', { name: 'Industry' }).fill('Stamping');
  await page.keyboard.press('Enter');
  await timeline(page).getByText('Stamping').waitFor();
  const entry = timeline(page).getByRole('listitem').filter({ hasText: 'Stamping' });
  assert.match(await entry.innerText(), /Industry[\s\S]*Forging[\s\S]*Stamping/);

  await page.getByRole('button', { name: 'Edit Industry' }).click();
  await page.getByRole('textbox', { name: 'Industry' }).fill('Given up');
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Industry' }).waitFor({ state: 'detached' });
  const read = await api(page, 'GET', `/accounts/${account.id}`);
  assert.equal(read.industry, 'Stamping');
});

test('a change on top of someone else’s is stopped and can be made again', async () => {
  const page = await open('/accounts');
  const account = await newAccount(page, { industry: 'Forging' });
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('button', { name: 'Edit Industry' }).click();
  await api(page, 'PATCH', `/accounts/${account.id}`, { industry: 'Their value' });
  await page.getByRole('textbox', { name: 'Industry' }).fill('My value');
  await page.keyboard.press('Enter');
  await page.getByText('Changed by someone else').waitFor();
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.locator('[data-field="industry"]').getByText('Their value').waitFor();

  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await api(page, 'PATCH', `/accounts/${account.id}`, { industry: 'Theirs again' });
  await page.getByRole('dialog').getByLabel('Industry').fill('Mine');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').getByText('Changed by someone else').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).click();
  const input = page.getByRole('dialog').getByLabel('Industry');
  await page.waitForFunction(
    () => document.querySelector('[role=dialog] [data-field=industry] input').value === 'Theirs again',
  );
  await input.fill('Mine');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('[data-field="industry"]').getByText('Mine').waitFor();
});

test('a contact is refused with the reason at the field, then created from the account', async () => {
  const page = await open('/accounts');
  const account = await newAccount(page);
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('button', { name: 'New contact' }).click();
  const dialog = page.getByRole('dialog', { name: 'New contact' });
  assert.equal(await dialog.getByRole('combobox', { name: 'Account' }).inputValue(), account.name);
  await dialog.getByLabel('First name').fill('Ines');
  await dialog.getByRole('textbox', { name: 'Email' }).fill('not an address');
  await dialog.getByRole('button', { name: 'Create contact' }).click();
  await dialog.locator('[data-field="last_name"] .field-error, [data-field="email"] .field-error').first().waitFor();

  await dialog.getByLabel('Last name').fill('Moreau');
  await dialog.getByRole('textbox', { name: 'Email' }).fill('ines.moreau@example.com');
  await dialog.getByRole('button', { name: 'Create contact' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'Contacts' }).getByRole('link', { name: 'Ines Moreau' }).waitFor();
});

test('a related record is found by typing, and an amount is kept to the cent', async () => {
  const page = await open('/opportunities');
  const account = await newAccount(page);
  await page.getByRole('button', { name: 'New opportunity' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Press retrofit');
  await dialog.getByRole('combobox', { name: 'Account' }).fill(account.name);
  await dialog.getByRole('option', { name: account.name }).click();
  await dialog.getByLabel('Amount').fill('1,234,567.89');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: 'Press retrofit', level: 1 }).waitFor();
  await page.locator('[data-field="amount"]').getByText('$1,234,567.89').waitFor();
  const id = page.url().split('/').pop();
  const deal = await api(page, 'GET', `/opportunities/${id}`);
  assert.equal(deal.amount, '1234567.89');
  assert.equal(deal.account_id, account.id);
});

test('a call is logged and a task ticked off from the timeline', async () => {
  const page = await open('/accounts');
  const account = await newAccount(page);
  await page.goto(`/accounts/${account.id}`);
  await timeline(page).getByText('created this').waitFor();
  await page.keyboard.press('l');
  await page.getByLabel('Subject').fill('Talked about spare parts');
  await page.keyboard.press('Enter');
  await timeline(page).getByText('Talked about spare parts').waitFor();
  await page.getByLabel('Subject').waitFor({ state: 'detached' });

  await page.keyboard.press('t');
  await page.getByLabel('Subject').fill('Send the quote');
  await page.keyboard.press('Enter');
  await timeline(page).getByLabel('Done: Send the quote').click();
  await page.waitForFunction(() => document.querySelector('.timeline input[type=checkbox]')?.checked);
});

test('a record is deleted only after it was confirmed', async () => {
  const page = await open('/accounts');
  const account = await newAccount(page);
  await page.goto(`/accounts/${account.id}`);
  const remove = async (answer) => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete account' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: answer }).click();
  };
  await remove('Cancel');
  assert.equal((await api(page, 'GET', `/accounts/${account.id}`)).id, account.id);
  await remove('Delete');
  await page.waitForURL(/\/accounts$/);
  const gone = await page.request.get(`/api/v1/accounts/${account.id}`);
  assert.equal(gone.status(), 404);
  await page.goto(`/accounts/${account.id}`);
  await page.getByText('Not found').waitFor();
});

test('everything is reached by keyboard', async () => {
  const page = await open('/accounts');
  await listed(page);
  const active = () => page.locator('.grid-row.active .cell-title').innerText();
  const start = await active();
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  const third = await active();
  assert.notEqual(third, start);
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  assert.equal(await active(), start);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: third, level: 1 }).waitFor();
  await page.keyboard.press('e');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('u');
  await page.waitForFunction(
    (title) => document.querySelector('.grid-row.active .cell-title')?.innerText === title,
    third,
  );

  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.ariaLabel), 'Search accounts');
  await page.keyboard.type('gc');
  assert.equal(await page.getByRole('textbox', { name: 'Search accounts' }).inputValue(), 'gc');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await grid(page, 'Contacts').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await grid(page, 'Opportunities').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search everything' }).fill(third);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: third, level: 1 }).waitFor();
});

test('the assistant streams a table, links the accounts, and leaves nothing in the browser', async () => {
  const page = await open('/accounts');
  await listed(page);
  await page.keyboard.press('a');
  await page.getByRole('button', { name: question }).click();
  await page.getByText('read live, not stored').waitFor({ timeout: 60_000 });
  const result = page.getByRole('region', { name: 'Result' });
  assert.ok((await result.locator('tbody tr').count()) > 1);
  assert.match(await result.innerText(), /\$[\d,]+\.\d\d/);
  await page.getByText('SQL', { exact: true }).click();
  assert.match(await page.locator('.sql pre').innerText(), /select/i);

  const firstRow = () => result.locator('tbody tr').first().innerText();
  const before = await firstRow();
  const measure = result.getByRole('columnheader').last().getByRole('button');
  await measure.click();
  await measure.click();
  await page.waitForFunction((text) => document.querySelector('.result tbody tr').innerText !== text, before);

  const rowText = before.split('\t');
  const kept = await page.evaluate(async () => ({
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
  }));
  assert.deepEqual([kept.databases, kept.caches], [0, 0]);
  for (const cell of rowText) {
    assert.ok(!kept.local.includes(cell) && !kept.session.includes(cell), `${cell} was stored`);
  }

  const link = result.getByRole('link').first();
  await link.waitFor();
  const name = await link.innerText();
  await link.click();
  await page.waitForURL(/\/accounts\/./);
  await page.locator('.record-head').getByText(name).first().waitFor().catch(async () => {
    // The link may be an account number; it is then among the details.
    await page.locator('.inline-fields').getByText(name).first().waitFor();
  });
  await page.getByRole('link', { name: 'Open on a page of its own' }).click();
  await page.getByRole('article', { name: question }).waitFor();
});

test('an account page asks the lakehouse about that account', async () => {
  const page = await open('/accounts');
  const account = await busyAccount(page);
  await page.goto(`/accounts/${account.id}`);
  const card = page.getByRole('region', { name: 'From the lakehouse' });
  await card.getByRole('button', { name: 'Revenue by year' }).click();
  const article = page.getByRole('article', { name: /^Revenue by year for account/ });
  await article.locator('.answer-foot').getByText('read live').waitFor({ timeout: 60_000 });
  assert.ok((await article.locator('.sentence').innerText()).includes(account.name));
  // Only the panes scroll; the frame around them never does.
  assert.deepEqual(await page.evaluate(() => [scrollX, scrollY]), [0, 0]);
});

test('a follow-up question is understood, and a question can be asked again', async () => {
  const page = await open('/assistant');
  await page.getByRole('button', { name: question }).click();
  await page.getByText('read live, not stored').waitFor({ timeout: 60_000 });
  await page.getByLabel('Your question').fill('and for Akron?');
  await page.keyboard.press('Enter');
  const second = page.getByRole('article', { name: 'and for Akron?' });
  await second.getByText('read live, not stored').waitFor({ timeout: 60_000 });
  assert.match(await second.locator('.sentence').innerText(), /Akron/);
  await page.getByLabel('Your question').press('ArrowUp');
  assert.equal(await page.getByLabel('Your question').inputValue(), 'and for Akron?');
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByRole('list', { name: 'Example questions' }).waitFor();
  assert.equal(await page.getByRole('article').count(), 0);
});

test('a question that cannot be answered is refused in words', async () => {
  const page = await open('/assistant');
  await page.getByLabel('Your question').fill('qwertz uiop?');
  await page.keyboard.press('Enter');
  const article = page.getByRole('article');
  await article.locator('[role="alert"], .sentence').first().waitFor({ timeout: 60_000 });
  assert.ok((await article.innerText()).length > 'qwertz uiop?'.length + 10);
});

test('a viewer is offered no way to write', async (t) => {
  if (!demo.server.viewer_email) return t.skip('this server has no viewer');
  const page = await open('/sign-in', {});
  await signIn(page, { email: demo.server.viewer_email, password: demo.server.viewer_password });
  await listed(page);
  assert.equal(await page.getByRole('button', { name: /^New / }).count(), 0);
  await firstTitle(page).click();
  await timeline(page).getByRole('listitem').first().waitFor();
  assert.equal(await page.getByRole('button', { name: /^Edit/ }).count(), 0);
});

test('every page is accessible, in light and in dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open('/accounts', { storageState: demo.session, colorScheme });
    const account = await busyAccount(page);
    const paths = ['/accounts', `/accounts/${account.id}`, '/opportunities?board=true', '/trash', '/assistant', '/settings', '/nothing-here'];
    for (const path of paths) {
      await page.goto(path);
      await settled(page);
      await assertAccessible(page, `${path} (${colorScheme})`);
    }
    await page.goto(`/accounts/${account.id}`);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page, `edit dialog (${colorScheme})`);
  }
});

async function assertAccessible(page, where) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
  );
  const told = violations.map(
    (one) => `${one.id}: ${one.help}\n  ${one.nodes.slice(0, 4).map((node) => `${node.html} ${node.any[0]?.message ?? ''}`).join('\n  ')}`,
  );
  assert.deepEqual(told, [], where);
}

test('signing out ends the session', async () => {
  const page = await open('/sign-in', {});
  await signIn(page, demo.server);
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Password').waitFor();
  await page.goto('/accounts');
  await page.getByLabel('Password').waitFor();
});

test('a session that ends in the middle of work leads to sign-in and back', async () => {
  const page = await open('/sign-in', {});
  await signIn(page, demo.server);
  await page.context().clearCookies();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByLabel('Email').fill(demo.server.email);
  await page.getByLabel('Password').fill(demo.server.password);
  await page.keyboard.press('Enter');
  await grid(page, 'Contacts').waitFor();
});

test('without the lakehouse the assistant says so calmly and the CRM goes on', async (t) => {
  if (!demo.server.lakehouse_pid) return t.skip('this server does not own its lakehouse');
  const page = await open('/accounts');
  process.kill(demo.server.lakehouse_pid, 'SIGKILL');
  await listed(page);
  await page.keyboard.press('a');
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
  const notice = page.getByRole('article').getByRole('alert');
  await notice.waitFor({ timeout: 60_000 });
  assert.match(await notice.innerText(), /lakehouse is currently unavailable/i);
  await notice.getByRole('button', { name: 'Retry' }).waitFor();

  const account = await newAccount(page);
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('heading', { name: account.name, level: 1 }).waitFor();
});
