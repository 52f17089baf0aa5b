import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesOf, textFrom } from '../../process/bytes.ts'
import { filesOf, type Machine, sh, start } from '../shell-fixture.ts'

/** Input, command, and what GNU's prints. */
const filters: readonly (readonly [input: string, command: string, out: string])[] = [
  ['a\\nb\\nc\\n', 'head -n 2', 'a\nb\n'],
  ['a\\nb\\nc\\n', 'head -1', 'a\n'],
  ['abc', 'head -c2', 'ab'],
  ['a\\nb\\nc\\n', 'tail -n 2', 'b\nc\n'],
  ['a\\nb\\nc\\n', 'tail -n +2', 'b\nc\n'],
  ['a b\\nc\\n', 'wc -l', '2\n'],
  ['a b\\nc\\n', 'wc', '      2       3       6\n'],
  ['b\\na\\nb\\n', 'sort -u', 'a\nb\n'],
  ['10\\n9\\n', 'sort -nr', '10\n9\n'],
  ['a\\na\\nb\\n', 'uniq -c', '      2 a\n      1 b\n'],
  ['a:b:c\\n', 'cut -d: -f1,3', 'a:c\n'],
  ['abcdef\\n', 'cut -c 2-4', 'bcd\n'],
  ['Hello\\n', "tr '[:upper:]l' '[:lower:]L'", 'heLLo\n'],
  ['a  b\\n', "tr -s ' '", 'a b\n'],
  ['hello\\n', 'tr -d l', 'heo\n'],
  ['apple\\nbanana\\n', 'grep -c an', '1\n'],
  ['apple\\n', 'grep -q z || echo none', 'none\n'],
  ['a1\\nb\\nC3\\n', "grep -iE '^[a-c][0-9]$'", 'a1\nC3\n'],
  ['a.b\\naxb\\n', 'grep -nF a.b', '1:a.b\n'],
  ['x\\ny\\n', 'grep -v y', 'x\n'],
  ['a b c\\n', 'grep -o "[ab]"', 'a\nb\n'],
  ['a+b\\naab\\n', "grep 'a+b'", 'a+b\n'],
  ['abc\\n', "sed 's/b/[&]/'", 'a[b]c\n'],
  ['a/b/c\\n', "sed 's|/|-|g'", 'a-b-c\n'],
  ['foo\\n', "sed -E 's/(f)(o+)/\\2\\1/'", 'oof\n'],
  ['1\\n2\\n3\\n4\\n', "sed -n '/2/,/3/p'", '2\n3\n'],
  ['1\\n2\\n3\\n', "sed '$d;1s/1/one/'", 'one\n2\n'],
  ['1\\n2\\n3\\n', 'sed 2q', '1\n2\n'],
  ['a\\n', 'sed k', ''],
  ['a\\n', 'tee /tmp/f; echo b | tee -a /tmp/f > /dev/null; cat /tmp/f', 'a\na\nb\n'],
]

describe('commands that read', () => {
  for (const [input, command, out] of filters) {
    test(`${command} of ${input}`, () => {
      const machine = sh(`printf '${input}' | ${command}`)
      machine.pass()
      assert.equal(machine.out(), out)
    })
  }

  const missing: readonly (readonly [command: string, message: string, code: number])[] = [
    ['cat /none /etc/motd', 'cat: /none: No such file or directory', 1],
    ['head /none', "head: cannot open '/none' for reading: No such file or directory", 1],
    ['grep x /none', 'grep: /none: No such file or directory', 2],
    ['sed p /none', "sed: can't read /none: No such file or directory", 2],
    ['sort /none', 'sort: cannot read: /none: No such file or directory', 2],
  ]
  for (const [command, message, code] of missing) {
    test(`${command} says what is not there`, () => {
      const machine = sh(command)
      machine.pass()
      assert.deepEqual([machine.err(), machine.process.exit?.code], [`${message}\n`, code])
    })
  }
})

/** Runs a command on the files of a machine that is there already. */
function inside(machine: Machine, script: string): string {
  const other = start({ argv: ['sh', '-c', script], isInit: false, files: machine.files })
  other.pass()
  assert.equal(other.err(), '')
  return other.out()
}

const zipped: readonly (readonly [command: string, message: string, code: number])[] = [
  ['echo x > a; echo y > a.gz; gzip a', 'gzip: a.gz already exists;\tnot overwritten', 2],
  ['echo x > a.gz; gzip a.gz', 'gzip: a.gz already has .gz suffix -- unchanged', 0],
  ['gzip none', 'gzip: none: No such file or directory', 1],
  ['gunzip none', 'gzip: none.gz: No such file or directory', 1],
  ['echo x > a; gunzip a', 'gzip: a: unknown suffix -- ignored', 2],
  ['echo x > a.gz; gunzip a.gz', '\ngzip: a.gz: not in gzip format', 1],
  ['echo x | gunzip', '\ngzip: stdin: not in gzip format', 1],
  ['gunzip < /dev/null', '\ngzip: stdin: unexpected end of file', 1],
  ['echo x | gzip | head -c 10 | gunzip', '\ngzip: stdin: unexpected end of file', 1],
  ['mkdir d; gzip d', 'gzip: d is a directory -- ignored', 2],
  ['gzip -Q a', "gzip: invalid option -- 'Q'\nTry `gzip --help' for more information.", 1],
]

describe('gzip', () => {
  for (const [command, message, code] of zipped) {
    test(`says what the real one says: ${command}`, () => {
      const machine = sh(command)
      machine.pass()
      assert.deepEqual([machine.err(), machine.process.exit?.code], [`${message}\n`, code])
    })
  }

  test('takes the place of files, keeps them, and writes to its output', () => {
    const machine = sh(
      'echo a > f; gzip -k f; ls f f.gz; rm f; gunzip f.gz; ls f*; gzip -c f | zcat',
    )
    machine.pass()
    assert.deepEqual([machine.out(), machine.err()], ['f\nf.gz\nf\na\n', ''])
  })

  test('makes what the real one reads, and reads what that makes', () => {
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 13) % 256))
    const machine = start({ argv: ['sh', '-c', 'read x'], stdin: true })
    machine.files.write('/f', textFrom(bytes))
    const made = bytesOf(inside(machine, 'gzip -c /f'))
    assert.deepEqual(execFileSync('gzip', ['-d'], { input: made }), bytes)
    machine.files.write('/r.gz', textFrom(execFileSync('gzip', { input: bytes })))
    assert.deepEqual(bytesOf(inside(machine, 'zcat /r.gz')), bytes)
  })

  test('does not unpack more than a container has room for', () => {
    const files = filesOf()
    files.write('/bomb.gz', textFrom(gzipSync(Buffer.alloc(64 * 1024 * 1024))))
    const machine = start({ argv: ['sh', '-c', 'zcat /bomb.gz | wc -c'], files })
    machine.pass()
    assert.deepEqual(
      [machine.out(), machine.err()],
      ['0\n', '\ngzip: /bomb.gz: No space left on device\n'],
    )
  })

  test('and tar wait for no input that they do not read', () => {
    for (const command of ['gzip /etc/motd', 'tar cf /t.tar /etc/motd']) {
      const machine = start({ argv: command.split(' '), stdin: true, isInit: false })
      assert.deepEqual(machine.process.exit, { code: 0 })
    }
  })
})

describe('tar', () => {
  test('keeps bytes of any kind, long names and compressed archives', () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256))
    const long = `${'directory/'.repeat(20)}${'x'.repeat(120)}`
    const machine = start({ argv: ['sh', '-c', 'read x'], stdin: true })
    machine.files.write(`/srv/${long}`, textFrom(bytes))
    const made = inside(machine, `tar czf - -C /srv ${long.slice(0, 9)}`)
    assert.deepEqual([...bytesOf(made).subarray(0, 2)], [0x1f, 0x8b])
    machine.files.write('/tmp/t.tgz', made)
    assert.equal(inside(machine, 'tar xvf /tmp/t.tgz -C /out | tail -n 1'), `${long}\n`)
    assert.deepEqual(bytesOf(machine.files.read(`/out/${long}`) ?? ''), bytes)
  })

  test('refuses links, and says so, but extracts the rest', () => {
    const folder = mkdtempSync(join(tmpdir(), 'knarr-tar-'))
    try {
      writeFileSync(join(folder, 'a'), 'one')
      symlinkSync('a', join(folder, 'l'))
      const archive = execFileSync('tar', ['cf', '-', 'a', 'l'], { cwd: folder })
      const machine = start({ argv: ['tar', 'xf', '-', '-C', '/srv'], stdin: true, isInit: false })
      machine.process.input(textFrom(archive))
      machine.process.input(undefined)
      assert.equal(machine.files.read('/srv/a'), 'one')
      assert.match(
        machine.err(),
        /^tar: l: Cannot create symlink to 'a': Operation not permitted\n/,
      )
      assert.deepEqual(machine.process.exit, { code: 2 })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const whole = 'echo one > /tmp/a; echo ä > /tmp/d; tar cf /tmp/t.tar -C / tmp/a tmp/d; '

  test('lists and extracts what it has put together', () => {
    const machine = sh(`${whole} tar tf /tmp/t.tar; tar -xmf /tmp/t.tar -C /srv; cat /srv/tmp/d`)
    machine.pass()
    assert.deepEqual([machine.out(), machine.err()], ['tmp/a\ntmp/d\nä\n', ''])
  })

  test('extracts what comes in by its input, as kubectl cp sends it', () => {
    const source = sh('mkdir /tmp/d; echo one > /tmp/d/a; cd /tmp; tar cf - d')
    source.pass()
    const argv = ['tar', '-xmf', '-', '-C', '/srv']
    const machine = start({ argv, stdin: true, isInit: false })
    machine.process.input(source.out().slice(0, 700))
    machine.process.input(source.out().slice(700))
    machine.process.input(undefined)
    assert.deepEqual(machine.process.exit, { code: 0 })
    assert.equal(machine.files.read('/srv/d/a'), 'one\n')
  })

  test('refuses what is no archive, and says what is not there', () => {
    const text = 'x'.repeat(600)
    const machine = sh(`echo ${text} | tar xf -; echo $?; tar cf /dev/null /none; echo $?`)
    machine.pass()
    assert.equal(machine.out(), '2\n2\n')
    assert.match(machine.err(), /not look like a tar archive\n.*\ntar: \/none: Cannot stat/)
  })

  test('leaves nothing outside of its directory', () => {
    const machine = sh(`echo x > /etc/e; tar cf - -C /srv ../etc/e | tar xf - -C /srv/in; ls /srv`)
    machine.pass()
    assert.equal(machine.out(), '')
  })
})
