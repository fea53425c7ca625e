// Runs inside a fence and tries what must not succeed; prints what became of each attempt.
const { spawnSync, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const { attemptsInto, hidden } = require('./attempts.cjs');

const plan = JSON.parse(process.argv[2]);
const results = {};
const attempt = attemptsInto(results);
attempt('write own', () => fs.writeFileSync(`${plan.own}/mine`, 'x'));
attempt('read own', () => fs.readFileSync(`${plan.own}/mine`));
attempt('read another wallet', () => fs.readFileSync(`${plan.other}/wallet.dat`));
attempt('list the directory above', () => hidden(!fs.readdirSync(`${plan.own}/..`).includes('other')));
attempt('read the cookie', () => fs.readFileSync(plan.cookie));
attempt('read a file of the home directory', () => fs.readFileSync(plan.home));
attempt('read the accounts', () => fs.readFileSync('/etc/passwd'));
attempt('write outside', () => fs.writeFileSync(`${plan.other}/new`, 'x'));
attempt('write to the temporary directory', () => fs.writeFileSync('/tmp/new', 'x'));
attempt('write into the program', () => fs.writeFileSync(`${plan.program}/new`, 'x'));
attempt('start a shell', () => { const r = spawnSync('/bin/sh', ['-c', 'true']); if (r.error) throw r.error; });
attempt('start itself again', () => execFileSync(process.execPath, ['-e', '0'], { stdio: 'ignore' }));
attempt('signal the parent', () => process.kill(plan.parent, 0));
attempt('look at the parent', () => fs.readFileSync(`/proc/${plan.parent}/environ`));
attempt('read the environment', () => hidden(!Object.keys(process.env).includes('SECRET_OF_THE_PARENT')));
attempt('fill the memory', () => { const kept = []; for (let i = 0; i < 12; i++) kept.push(Buffer.alloc(64 * 1024 * 1024, 1)); });
const server = net.createServer();
const finish = (code) => {
  results['open a socket'] = code;
  const socket = net.connect(plan.port, '127.0.0.1');
  const done = (text) => {
    results['connect'] = text;
    process.stdout.write(JSON.stringify(results), () => process.exit(0));
  };
  socket.on('connect', () => done('done'));
  socket.on('error', (e) => done(e.code));
};
try {
  server.on('error', (e) => finish(e.code));
  server.listen(0, '127.0.0.1', () => finish('done'));
} catch (e) {
  finish(e.code ?? String(e));
}
