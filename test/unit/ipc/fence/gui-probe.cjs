// Runs inside the fence of a user interface and tries what must not succeed, and what must; writes down what became of each attempt.
const { spawnSync, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const { attemptsInto, hidden } = require('./attempts.cjs');

const plan = JSON.parse(process.argv[2]);
const results = { works: {} };
const attempt = attemptsInto(results);
const works = attemptsInto(results.works);
const start = (file, args) => { const r = spawnSync(file, args); if (r.error) throw r.error; };
works('write its own', () => fs.writeFileSync(`${plan.netDir}/guisettings.json`, '{}'));
attempt('list the wallets', () => fs.readdirSync(`${plan.netDir}/wallets`));
attempt('read a wallet', () => fs.readFileSync(`${plan.netDir}/wallets/wallet.dat`));
attempt('read the cookie', () => fs.readFileSync(`${plan.netDir}/.cookie`));
attempt('read the node\'s settings', () => fs.readFileSync(`${plan.netDir}/settings.json`));
attempt('read the configuration', () => fs.readFileSync(`${plan.datadir}/coin.conf`));
attempt('list the data directory', () => hidden(fs.readdirSync(plan.datadir).join() === 'regtest'));
attempt('read a file of the home directory', () => fs.readFileSync(plan.private));
attempt('write into the home directory', () => fs.writeFileSync(`${plan.home}/new`, 'x'));
attempt('read the accounts', () => fs.readFileSync('/etc/passwd'));
attempt('write to the temporary directory', () => fs.writeFileSync('/tmp/new', 'x'));
attempt('write into the program', () => fs.writeFileSync(`${plan.program}/new`, 'x'));
attempt('start a shell', () => start('/bin/sh', ['-c', 'true']));
attempt('start a browser', () => start('xdg-open', ['http://127.0.0.1/']));
attempt('start itself again', () => execFileSync(process.execPath, ['-e', '0'], { stdio: 'ignore' }));
attempt('signal the launcher', () => process.kill(plan.parent, 0));
attempt('look at the launcher', () => fs.readFileSync(`/proc/${plan.parent}/environ`));
attempt('read the environment', () => hidden(Object.keys(process.env).every((name) => ['HOME', 'PWD'].includes(name))));
const server = net.createServer();
const finish = (code) => {
  results.works['listen on loopback'] = code;
  fs.writeFileSync(`${plan.netDir}/result`, JSON.stringify(results));
  server.close();
};
server.on('error', (e) => finish(e.code)).listen(0, '127.0.0.1', () => finish('done'));
