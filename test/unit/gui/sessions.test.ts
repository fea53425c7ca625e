import { describe, expect, it } from '@jest/globals';
import { Sessions } from '../../../src/gui/sessions.ts';

function make(): { sessions: Sessions; time: { ms: number } } {
  const time = { ms: 0 };
  return { sessions: new Sessions({ port: 5 }, { nowMs: () => time.ms }), time };
}

describe('sessions', () => {
  it('opens once a token, and not after ten minutes', () => {
    const { sessions, time } = make();
    const token = sessions.newToken();
    expect(sessions.open('other', {})).toBeNull();
    expect(sessions.open(token, {})).not.toBeNull();
    expect(sessions.open(token, {})).toBeNull();
    const late = sessions.newToken();
    time.ms += 10 * 60_000 + 1;
    expect(sessions.open(late, {})).toBeNull();
  });

  it('keeps eight tokens and sixteen sessions: the oldest go', () => {
    const { sessions, time } = make();
    const first = sessions.newToken();
    for (let i = 0; i < 8; i++) sessions.newToken();
    expect(sessions.open(first, {})).toBeNull();
    const headers = Array.from({ length: 17 }, () => {
      time.ms++;
      const opened = sessions.open(sessions.newToken(), {});
      return { cookie: opened?.setCookie?.split(';')[0] ?? '', 'x-coin-session': opened?.secret ?? '' };
    });
    expect(sessions.knows(headers[0] ?? {})).toBe(false);
    expect(sessions.knows(headers[1] ?? {})).toBe(true);
    expect(sessions.knows({ ...headers[2], cookie: `a=b; ${headers[2]?.cookie ?? ''}; c=d` })).toBe(true);
    expect(sessions.knows({ ...headers[2], cookie: 'a=b' })).toBe(false);
    expect(sessions.knows({})).toBe(false);
  });

  it('lets a browser open a second page beside the first: one cookie, two words', () => {
    const { sessions } = make();
    const first = sessions.open(sessions.newToken(), {});
    const cookie = first?.setCookie?.split(';')[0] ?? '';
    const second = sessions.open(sessions.newToken(), { cookie });
    expect(second?.setCookie).toBeNull();
    expect(second?.secret).not.toBe(first?.secret);
    for (const opened of [first, second]) expect(sessions.knows({ cookie, 'x-coin-session': opened?.secret ?? '' })).toBe(true);
    // A cookie that somebody has made up is none of ours.
    expect(sessions.open(sessions.newToken(), { cookie: 'coin-gui-5=made-up' })?.setCookie).toMatch(/^coin-gui-5=[\w-]{43};/);
  });
});
