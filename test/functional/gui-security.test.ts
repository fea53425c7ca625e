import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGui } from './support/test-gui.ts';

let gui: TestGui;
let session: Record<string, string>;
const state = JSON.stringify({ method: 'app.state', args: {} });

beforeAll(async () => {
  gui = await (await TestGui.create()).start();
  session = await gui.session();
});
afterAll(async () => gui.destroy());

/** What a request of another page would carry or lack. */
function without(...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(session).filter(([name]) => !names.includes(name)));
}

describe('the page\'s server', () => {
  it('answers its own page', async () => {
    const reply = await gui.http('POST', '/call', session, state);
    expect(reply.status).toBe(200);
    expect((JSON.parse(reply.body) as { result: { about: { network: string } } }).result.about.network).toBe('regtest');
  });

  it('answers names of this machine only: a name that was made to point here is refused', async () => {
    for (const host of ['evil.example', `evil.example:${gui.port}`, `127.0.0.1.evil.example:${gui.port}`, '127.0.0.1', 'localhost', `127.0.0.2:${gui.port}`, `127.0.0.1:${gui.port + 1}`]) {
      const headers = { ...session, Host: host, Origin: `http://${host}` };
      expect([host, (await gui.http('POST', '/call', headers, state)).status]).toEqual([host, 421]);
      expect([host, (await gui.http('GET', '/', { Host: host })).status]).toEqual([host, 421]);
    }
    expect((await gui.http('GET', '/', { Host: `localhost:${gui.port}` })).status).toBe(200);
  });

  it('refuses what another site asks for', async () => {
    for (const origin of ['http://evil.example', `https://127.0.0.1:${gui.port}`, `http://localhost:${gui.port}`, 'null', `http://127.0.0.1:${gui.port}.evil.example`]) {
      expect([origin, (await gui.http('POST', '/call', { ...session, Origin: origin }, state)).status]).toEqual([origin, 403]);
    }
    expect((await gui.http('POST', '/call', without('Origin'), state)).status).toBe(403);
    for (const site of ['cross-site', 'same-site', 'none']) expect((await gui.http('POST', '/call', { ...session, 'Sec-Fetch-Site': site }, state)).status).toBe(403);
  });

  it('gives its files to no other site, and shows itself in no frame', async () => {
    expect((await gui.http('GET', '/page.js', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' })).status).toBe(403);
    expect((await gui.http('GET', '/', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' })).status).toBe(403);
    expect((await gui.http('GET', '/', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' })).status).toBe(200);
    const { headers } = await gui.http('GET', '/', {});
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['permissions-policy']).toContain('camera=(self), microphone=(), geolocation=(), usb=()');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('says nothing to a preflight, and never allows another origin', async () => {
    const preflight = await gui.http('OPTIONS', '/call', { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-coin-session' });
    expect(preflight.status).toBe(403);
    const own = await gui.http('OPTIONS', '/call', { Origin: `http://127.0.0.1:${gui.port}` });
    expect(own.status).toBe(405);
    for (const reply of [preflight, own, await gui.http('POST', '/call', session, state)]) {
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('takes no form: text/plain, a form\'s types and no type at all are refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json;charset=utf-8']) {
      expect((await gui.http('POST', '/call', { ...session, 'Content-Type': type }, state)).status).toBe(415);
    }
    expect((await gui.http('POST', '/call', without('Content-Type'), state)).status).toBe(415);
  });

  it('needs both secrets of one session', async () => {
    expect((await gui.http('POST', '/call', without('Cookie'), state)).status).toBe(403);
    expect((await gui.http('POST', '/call', without('X-Coin-Session'), state)).status).toBe(403);
    expect((await gui.http('POST', '/call', { ...session, 'X-Coin-Session': 'x' }, state)).status).toBe(403);
    expect((await gui.http('POST', '/events', without('Cookie'), '{}')).status).toBe(403);
    const other = await gui.session((await gui.call<string>(session, 'app.newAddress')).split('#')[1]);
    expect((await gui.http('POST', '/call', { ...session, Cookie: other['Cookie'] ?? '' }, state)).status).toBe(403);
    expect((await gui.http('POST', '/call', other, state)).status).toBe(200);
  });

  it('takes a token once, and sets a cookie that no script reads and no other site sends', async () => {
    expect((await gui.http('POST', '/session', gui.pageHeaders(), JSON.stringify({ token: gui.token() }))).status).toBe(403);
    expect((await gui.http('POST', '/session', gui.pageHeaders(), JSON.stringify({ token: 'guess' }))).status).toBe(403);
    expect((await gui.http('POST', '/session', gui.pageHeaders(), JSON.stringify({ token: 7 }))).status).toBe(400);
    const token = (await gui.call<string>(session, 'app.newAddress')).split('#')[1];
    const [cookie = ''] = (await gui.http('POST', '/session', gui.pageHeaders(), JSON.stringify({ token }))).headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^coin-gui-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('refuses what is too large, no JSON, of another shape or unknown', async () => {
    expect((await gui.http('POST', '/call', session, 'x'.repeat(17 * 1024 * 1024)).catch(() => ({ status: 413 }))).status).toBe(413);
    expect((await gui.http('POST', '/call', session, '{"method":')).status).toBe(400);
    await expect(gui.call(session, 'app.nothing')).rejects.toThrow('no such call');
    await expect(gui.call(session, 'constructor')).rejects.toThrow('no such call');
    await expect(gui.call(session, 'app.state', { more: 1 })).rejects.toThrow('unknown member');
    await expect(gui.call(session, 'node.setNetworkActive', { active: 'yes' })).rejects.toThrow('true or false');
    expect((await gui.http('GET', '/../package.json', {})).status).toBe(404);
    expect((await gui.http('GET', '/call', session)).status).toBe(404);
    expect((await gui.http('PUT', '/call', session, state)).status).toBe(405);
    const upgrade = gui.http('GET', '/events', { ...session, Connection: 'Upgrade', Upgrade: 'websocket' });
    await expect(upgrade).rejects.toThrow();
  });
});
