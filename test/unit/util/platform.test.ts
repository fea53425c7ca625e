import { describe, expect, it } from '@jest/globals';
import { PLATFORM, platformOf } from '../../../src/util/platform.ts';

const [linux, macos, windows, other] = [platformOf('linux'), platformOf('darwin'), platformOf('win32'), platformOf('freebsd')];
const NAMES = { unix: '.bitcoin', other: 'Bitcoin' };

describe('systems', () => {
  it('keep data where their users look for it', () => {
    const home = { home: '/home/me', env: {} };
    expect(linux.dataDir(NAMES, home)).toBe('/home/me/.bitcoin');
    expect(linux.dataDir(NAMES, { ...home, env: { HOME: '/elsewhere' } })).toBe('/elsewhere/.bitcoin');
    expect(macos.dataDir(NAMES, home)).toBe('/home/me/Library/Application Support/Bitcoin');
    const me = { home: 'C:\\Users\\me', env: { APPDATA: 'C:\\Users\\me\\AppData\\Roaming' } };
    expect(windows.dataDir(NAMES, me)).toBe('C:\\Users\\me\\AppData\\Roaming\\Bitcoin');
    expect(windows.dataDir(NAMES, { ...me, env: {} })).toBe('C:\\Users\\me\\Bitcoin');
  });

  it('remember what their users have chosen', () => {
    const home = { home: '/home/me', env: {} };
    expect(linux.settingsDir('coin-gui', home)).toBe('/home/me/.config/coin-gui');
    expect(linux.settingsDir('coin-gui', { ...home, env: { XDG_CONFIG_HOME: '/c' } })).toBe('/c/coin-gui');
    expect(linux.settingsDir('coin-gui', { ...home, env: { XDG_CONFIG_HOME: 'relative' } })).toBe('/home/me/.config/coin-gui');
    expect(macos.settingsDir('coin-gui', home)).toBe('/home/me/Library/Preferences/coin-gui');
    expect(windows.settingsDir('coin-gui', { home: 'C:\\me', env: {} })).toBe('C:\\me\\coin-gui');
  });

  it('start programs when their users log in, where a file does that', () => {
    const home = { home: '/home/me', env: {} };
    for (const system of [linux, other]) expect(system.autostartFile('coin-regtest', home)).toBe('/home/me/.config/autostart/coin-regtest.desktop');
    expect(linux.autostartFile('coin', { ...home, env: { XDG_CONFIG_HOME: '/c' } })).toBe('/c/autostart/coin.desktop');
    expect([macos.autostartFile('coin', home), windows.autostartFile('coin', home)]).toEqual([null, null]);
  });

  it('have sockets that are files, or pipes with names of their own', () => {
    for (const system of [linux, macos, other]) expect([system.socketFiles, system.socketAddress('/run/x.sock')]).toEqual([true, '/run/x.sock']);
    expect([linux.socketPathBytes, macos.socketPathBytes]).toEqual([108, 104]);
    expect([windows.socketFiles, windows.socketAddress('C:\\data\\regtest\\node.sock')]).toEqual([false, '\\\\.\\pipe\\coin-C-data-regtest-node.sock']);
    expect(windows.socketAddress('C:\\data\\node.sock')).not.toBe(windows.socketAddress('D:\\data\\node.sock'));
  });

  it('lock by an address that goes with its owner', () => {
    expect(linux.lockAddress('a-1', '/tmp')).toBe('\0a-1');
    expect(macos.lockAddress('a-1', '/tmp')).toBe('/tmp/a-1.sock');
    expect(windows.lockAddress('a-1', 'C:\\tmp')).toBe('\\\\.\\pipe\\a-1');
  });

  it('quote a word for the shell where that is possible, whatever is in it', () => {
    expect(linux.quoteForShell?.('it\'s; rm -rf $HOME `x`')).toBe('\'it\'"\'"\'s; rm -rf $HOME `x`\'');
    expect(windows.quoteForShell).toBeNull();
  });

  it('open files their own way', () => {
    expect(macos.openCommand('/a.html')).toEqual({ file: 'open', args: ['/a.html'] });
    expect(windows.openCommand('C:\\a.html')).toEqual({ file: 'explorer.exe', args: ['C:\\a.html'] });
    expect(linux.openCommand('/a.html')).toBeNull();
  });

  it('say what they cannot', () => {
    expect([linux, macos, windows, other].map((system) => system.uiPlatform)).toEqual(['other', 'macosx', 'windows', 'other']);
    expect([linux.fileModes, linux.directorySync, linux.inodesReturn, linux.processGroups]).toEqual([true, true, true, true]);
    expect([windows.fileModes, windows.directorySync, windows.inodesReturn, windows.processGroups]).toEqual([false, false, false, false]);
    expect(PLATFORM).toBe(platformOf(process.platform));
  });
});
