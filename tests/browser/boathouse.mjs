// Starts the real program with its demo data, and a browser in front of it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const binary = resolve(root, process.env.BOATHOUSE_BIN ?? 'build/release/boathouse');
const startMs = 120_000;
const pollMs = 100;

/**
 * `boathouse demo` in a directory of its own, ready to be signed in to.
 * BOATHOUSE_DEMO_JSON names the demo.json of a server that already runs; it is then not stopped.
 * @returns {Promise<{url: string, email: string, password: string, viewer_email?: string,
 *   viewer_password?: string, lakehouse_pid?: number, stop: () => Promise<void>}>}
 */
export async function startBoathouse() {
  if (process.env.BOATHOUSE_DEMO_JSON) {
    const demo = JSON.parse(readFileSync(process.env.BOATHOUSE_DEMO_JSON, 'utf8'));
    return { ...demo, stop: async () => {} };
  }
  return launch('demo', ({ data }) => {
    const path = join(data, 'demo.json');
    // It may be seen half written: then it does not parse, and is read again.
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  });
}

/**
 * `boathouse serve` on an empty directory, as on the day it is installed.
 * @returns {Promise<{url: string, setup_link: string, stop: () => Promise<void>}>}
 */
export async function startEmptyBoathouse() {
  return launch('serve', ({ output }) => {
    const link = /(https?:\/\/\S+)\/setup\?token=\S+/.exec(output);
    return link ? { url: link[1], setup_link: link[0] } : undefined;
  });
}

export const hasBinary = existsSync(binary);

// Runs a verb on a new directory until `ready` finds in its files or output what it waits for.
async function launch(verb, ready) {
  const data = await mkdtemp(join(tmpdir(), 'boathouse-browser-'));
  const server = spawn(binary, [verb, '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-8000);
    });
  }
  let end;
  const ended = new Promise((done) => {
    server.once('error', (error) => done(String(error)));
    server.once('exit', (code, signal) => done(`it ended (${code ?? signal})`));
  }).then((how) => {
    end = how;
  });
  const stop = async () => {
    if (end === undefined) {
      server.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
      if (end === undefined) server.kill('SIGKILL');
    }
    await rm(data, { recursive: true, force: true });
  };
  for (let waited = 0; waited < startMs && end === undefined; waited += pollMs) {
    try {
      const found = ready({ data, output });
      if (found) return { ...found, stop };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    await sleep(pollMs);
  }
  await stop();
  throw new Error(`${binary} ${verb}: ${end ?? 'not ready in time'}\n${output}`);
}

/** A headless browser with a profile of its own; every test asks it for fresh pages. */
export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page that fails its test when the page's own code fails, or when it asks another host. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-US',
    timezoneId: 'America/New_York',
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    // The browser itself reports refused requests (401, 412 ...), which tests provoke on purpose.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const target = request.url();
    if (/^https?:/.test(target) && new URL(target).origin !== new URL(url).origin) {
      faults.push(`request to another host: ${target}`);
    }
  });
  return { page, context, faults };
}

export async function signIn(page, { email, password }) {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // Not the list: a workspace may have no accounts.
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
}

/** Once the page shows what it asked for: nothing of it is a placeholder any more. */
export async function settled(page) {
  await page.locator('#root > *').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy="true"]'));
}

/** A call of the REST API with the page's own session. */
export async function api(page, method, path, data) {
  const response = await page.request.fetch(`/api/v1${path}`, {
    method,
    data,
    headers: { 'X-Boathouse-Request': '1' },
  });
  if (!response.ok()) {
    throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
  }
  return response.status() === 204 ? undefined : response.json();
}

/** An account with contacts, opportunities and activities, whatever the demo data are. */
export async function busyAccount(page) {
  const { items } = await api(page, 'GET', '/opportunities?page_size=200&filter=account_id%20!%3D%20null');
  for (const id of new Set(items.map((deal) => deal.account_id))) {
    const filter = encodeURIComponent(`account_id = "${id}"`);
    const contacts = await api(page, 'GET', `/contacts?page_size=1&filter=${filter}`);
    const activities = await api(page, 'GET', `/activities?page_size=1&filter=${filter}`);
    if (contacts.items.length > 0 && activities.items.length > 0) {
      return api(page, 'GET', `/accounts/${id}`);
    }
  }
  throw new Error('no account has contacts, opportunities and activities');
}
