import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sh } from '../shell-fixture.ts'
import { builtins } from './table.ts'

/** For each command a script that uses it, and what that prints. */
const examples: Readonly<Record<string, readonly [script: string, out: string]>> = {
  ':': [': && echo done', 'done\n'],
  true: ['true && echo done', 'done\n'],
  false: ['false || echo done', 'done\n'],
  echo: ['echo -n a; echo b', 'ab\n'],
  printf: ['printf "%s=%d\\n" a 1 b 2', 'a=1\nb=2\n'],
  pwd: ['cd /tmp; pwd', '/tmp\n'],
  alias: ['alias ll=ls; echo $?', '0\n'],
  hash: ['hash -r; echo $?', '0\n'],
  jobs: ['jobs; echo $?', '0\n'],
  ulimit: ['ulimit -n 1024; echo $?', '0\n'],
  umask: ['umask', '0022\n'],
  test: ['test 3 -gt 2 && echo more', 'more\n'],
  '[': ['[ -n "" ] || echo empty', 'empty\n'],
  '[[': ['bash -c "[[ a == a ]] && echo same"; [[ a == a ]] || echo none', 'same\nnone\n'],
  exit: ['(exit 3); echo $?', '3\n'],
  return: ['f() { return 4; }; f; echo $?', '4\n'],
  break: ['for i in 1 2; do echo $i; break; done', '1\n'],
  continue: ['for i in 1 2; do test $i = 1 && continue; echo $i; done', '2\n'],
  eval: ['x=y; eval $x=3; echo $y', '3\n'],
  '.': ['echo "x=5" > /tmp/f; . /tmp/f; echo $x', '5\n'],
  source: ['echo "x=6" > /tmp/f; bash -c "source /tmp/f; echo \\$x"', '6\n'],
  read: ['printf "a b c\\n" | { read x y; echo "$y"; }', 'b c\n'],
  sleep: ['sleep 1 && echo awake', 'awake\n'],
  stty: ['stty size || echo no terminal', 'no terminal\n'],
  yes: ['yes no | head -n 2', 'no\nno\n'],
  cd: ['cd /tmp && cd - > /dev/null && pwd', '/\n'],
  export: ['export A=1; sh -c "echo \\$A"', '1\n'],
  readonly: ['(readonly A=1; A=2; echo never); echo $?', '2\n'],
  local: ['f() { local a=2; }; a=1; f; echo $a', '1\n'],
  unset: ['a=1; unset a; echo "<$a>"', '<>\n'],
  set: ['set -- a b; echo $#', '2\n'],
  shift: ['set -- a b; shift; echo $1', 'b\n'],
  declare: ['bash -c "declare -i a=3; echo \\$a"', '3\n'],
  typeset: ['bash -c "typeset a=3; echo \\$a"', '3\n'],
  let: ['bash -c "let a=1+2; echo \\$a"', '3\n'],
  env: ['env A=1 sh -c "echo \\$A"', '1\n'],
  trap: ['trap "echo bye" EXIT', 'bye\n'],
  kill: ['sleep 9 & kill $!; wait $!; echo $?', '143\n'],
  type: ['type echo', 'echo\n'],
  wait: ['(exit 3) & wait $!; echo $?', '3\n'],
  exec: ['exec echo last; echo never', 'last\n'],
  command: ['command -v cd; command echo run', 'cd\nrun\n'],
  which: ['which sed', '/usr/bin/sed\n'],
  sh: ['sh -c "echo in"', 'in\n'],
  bash: ['bash -c "echo {1..2}"', '1 2\n'],
  ash: ['ash -c "echo in"', 'in\n'],
  dash: ['dash -c "echo in"', 'in\n'],
  curl: ['curl -s nope; echo $?', '6\n'],
  wget: ['wget -q nope; echo $?', '4\n'],
  dig: ['dig nope +noall +answer +search; dig +short nope; echo $?', '0\n'],
  nslookup: ['nslookup nope 10.0.0.1 | tail -n 2', "** server can't find nope: NXDOMAIN\n\n"],
  getent: ['getent hosts nope; echo $?', '2\n'],
  gzip: ['echo a > f; gzip f; ls f.gz; gzip -dc f', 'f.gz\na\n'],
  gunzip: ['echo a | gzip | gunzip', 'a\n'],
  zcat: ['echo a > f; gzip f; zcat f.gz', 'a\n'],
  timeout: ['timeout 1 sleep 5; echo $?', '124\n'],
  nice: ['nice echo run', 'run\n'],
  nohup: ['nohup echo run', 'run\n'],
  setsid: ['setsid echo run', 'run\n'],
  time: ['time echo run', 'run\n'],
  tini: ['tini -- echo run', 'run\n'],
  stdbuf: ['stdbuf -oL echo run', 'run\n'],
  hostname: ['hostname', 'pod\n'],
  whoami: ['whoami', 'root\n'],
  id: ['id -u', '0\n'],
  uname: ['uname', 'Linux\n'],
  date: ['date +%F', '2026-01-01\n'],
  printenv: ['printenv GREETING', 'hello\n'],
  seq: ['seq 2 3', '2\n3\n'],
  sync: ['sync; echo $?', '0\n'],
  expr: ['expr 2 + 3', '5\n'],
  basename: ['basename /a/b.txt .txt', 'b\n'],
  dirname: ['dirname /a/b.txt', '/a\n'],
  ls: ['touch /tmp/f; ls /tmp', 'f\n'],
  touch: ['touch /tmp/f; test -f /tmp/f && echo there', 'there\n'],
  mkdir: ['mkdir -p /tmp/d; echo $?', '0\n'],
  rm: ['touch /tmp/f; rm /tmp/f; test -f /tmp/f || echo gone', 'gone\n'],
  rmdir: ['rmdir /tmp/d; echo $?', '0\n'],
  cp: [
    'echo a > /tmp/f; chmod 700 /tmp/f; mkdir /tmp/d; cp /tmp/f /etc/motd /tmp/d; cat /tmp/d/*; stat -c %a /tmp/d/f',
    'a\nwelcome\n700\n',
  ],
  mv: ['echo a > /tmp/f; mv /tmp/f /tmp/g; ls /tmp; mv -v /tmp/g /; cat /g', 'g\na\n'],
  chmod: ['echo a > /tmp/f; chmod 640 /tmp/f; chmod o=r,+x /tmp/f; stat -c %a /tmp/f', '755\n'],
  chown: ['echo a > /tmp/f; chown nobody:7 /tmp/f; stat -c %u:%g /tmp/f', '65534:7\n'],
  chgrp: ['echo a > /tmp/f; chgrp nogroup /tmp/f; stat -c %g /tmp/f', '65534\n'],
  stat: ['echo ab > /tmp/f; stat -c "%n %s %a %U %F" /tmp/f', '/tmp/f 3 644 root regular file\n'],
  ip: ['ip link add dummy0 type dummy; echo $?', '2\n'],
  sysctl: [
    'sysctl net.core.somaxconn kernel/msgmax',
    'net.core.somaxconn = 1024\nkernel.msgmax = 8192\n',
  ],
  nc: ['nc -vz nope 80; echo $?', '1\n'],
  hexdump: ['printf "hi\\n" | hexdump -C', `00000000  68 69 0a${' '.repeat(42)}|hi.|\n00000003\n`],
  cat: ['cat /etc/motd', 'welcome\n'],
  head: ['seq 5 | head -n 1', '1\n'],
  tail: ['seq 5 | tail -n 1', '5\n'],
  wc: ['seq 5 | wc -l', '5\n'],
  sort: ['printf "b\\na\\n" | sort', 'a\nb\n'],
  uniq: ['printf "a\\na\\n" | uniq', 'a\n'],
  cut: ['echo a:b | cut -d: -f2', 'b\n'],
  tr: ['echo abc | tr a-c A-C', 'ABC\n'],
  tee: ['echo a | tee /tmp/f; cat /tmp/f', 'a\na\n'],
  awk: ["printf 'a b\\nc d e\\n' | awk '/c/ {print $2, NF}'", 'd 3\n'],
  find: [
    'mkdir -p /tmp/a/b; touch /tmp/a/b/c; find /tmp/a -name "b*" -o -type f',
    '/tmp/a/b\n/tmp/a/b/c\n',
  ],
  mount: ['mount -t cgroup2 | cut -d" " -f 1-5', 'cgroup2 on /sys/fs/cgroup type cgroup2\n'],
  dd: ['dd if=/dev/zero of=/tmp/f bs=1k count=2 2> /dev/null; stat -c %s /tmp/f', '2048\n'],
  grep: ['seq 12 | grep 1.', '10\n11\n12\n'],
  tar: ['echo hi > /tmp/f; cd /tmp; tar cf - f | tar xf - -C /srv; cat /srv/f', 'hi\n'],
  sed: ['echo a | sed s/a/b/', 'b\n'],
}

describe('the table of shell commands', () => {
  for (const { name } of builtins) {
    test(`${name} does what its example says`, () => {
      const [script, out] = examples[name] ?? ['', 'no example']
      const machine = sh(script)
      machine.pass()
      assert.equal(machine.out(), out)
    })
  }

  test('no command is listed twice', () => {
    const names = builtins.map(({ name }) => name)
    assert.deepEqual(names, [...new Set(names)])
  })

  test('a usage begins with the name of its command', () => {
    for (const { name, usage } of builtins) assert.equal(usage.split(' ')[0], name)
  })

  test('no example is of a command that is not listed', () => {
    const names = builtins.map(({ name }) => name)
    assert.deepEqual(Object.keys(examples).toSorted(), names.toSorted())
  })
})
