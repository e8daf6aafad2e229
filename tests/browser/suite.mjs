// What the test files share that work on the demo company: one server, one browser and one sign-in for all
// tests of a file, and pages that are closed after each test and must not have failed.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { openPage, signIn, startBoathouse, startBrowser } from './boathouse.mjs';

export function demoSuite() {
  let opened = [];
  const suite = {
    server: undefined,
    browser: undefined,
    // The storage of a browser that is signed in as the administrator.
    session: undefined,

    // A page at that path, signed in unless the options say otherwise.
    async open(path, options = { storageState: suite.session }) {
      const page = await suite.openAt(suite.server.url, options);
      await page.goto(path);
      return page;
    },
    // An empty page for any server.
    async openAt(url, options) {
      const one = await openPage(suite.browser, url, options);
      opened.push(one);
      return one.page;
    },
  };

  before(async () => {
    suite.server = await startBoathouse();
    suite.browser = await startBrowser();
    const { page, context } = await openPage(suite.browser, suite.server.url);
    await signIn(page, suite.server);
    suite.session = await context.storageState();
    await context.close();
  });

  after(async () => {
    await suite.browser?.close();
    await suite.server?.stop();
  });

  afterEach(async () => {
    const faults = opened.flatMap((one) => one.faults);
    for (const { context } of opened) await context.close();
    opened = [];
    assert.deepEqual(faults, [], 'the page itself must not fail, nor ask another host');
  });

  return suite;
}
