import { compileGlob, globFits } from '../../patterns/glob.ts'
import type { Spend } from '../../patterns/work.ts'
import { absolutePath } from '../../process/paths.ts'
import type { ProcessFiles } from '../../process/process.ts'
import { failureOf } from '../files/file-failures.ts'
import type { Invocation } from '../run/machine.ts'
import { spendingOf } from '../run/spending.ts'
import { acting, type CommandContext, type Done, plain } from './builtin.ts'

/** Programs that go through files, and that make them of nothing. */
export const searchCommands = [
  ...acting({ find: ['find [PATH…] [-name PATTERN] [-type f|d] [-maxdepth N] [-o …]', find] }),
  ...plain({
    dd: ['dd if=FILE of=FILE [bs=SIZE] [count=N]', dd],
    mount: ['mount [-t TYPE]', mount],
  }),
]

/** One side of `-o`: all of it must hold. */
type Conditions = readonly (readonly [flag: string, value: string])[]

function find({ shell, thread, args }: Invocation): void {
  const at = args.findIndex((arg) => arg.startsWith('-'))
  const paths = at < 0 ? args : args.slice(0, at)
  const { alternatives, unknown } = alternativesOf(at < 0 ? [] : args.slice(at))
  thread.status = 0
  if (unknown !== undefined) {
    shell.write(thread, 'err', `find: unrecognized: ${unknown}\n`)
    thread.status = 1
    return
  }
  const { files } = shell.world
  const spend = spendingOf(shell)
  for (const start of paths.length > 0 ? paths : ['.']) {
    const root = absolutePath(start, thread.directory)
    if (files.kindOf(root) === undefined) {
      shell.write(thread, 'err', `find: ${start}: No such file or directory\n`)
      thread.status = 1
      continue
    }
    for (const [path, depth] of walk(files, root)) {
      const shown = start + path.slice(root.length)
      const found = { name: shown.split('/').at(-1) ?? '', depth, kind: files.kindOf(path) }
      const isWanted = alternatives.some((all) => all.every((each) => holds(each, found, spend)))
      if (isWanted) shell.write(thread, 'out', `${shown}\n`)
    }
  }
}

interface Found {
  readonly name: string
  readonly depth: number
  readonly kind: 'file' | 'directory' | undefined
}

function holds([flag, value]: Conditions[number], { name, depth, kind }: Found, spend: Spend) {
  switch (flag) {
    case '-name':
      return globFits(compileGlob(patternOf(value)), name, spend)
    case '-maxdepth':
      return depth <= Number(value)
    case '-mindepth':
      return depth >= Number(value)
    default:
      return kind === (value === 'd' ? 'directory' : 'file')
  }
}

const patternOf = (text: string) => [{ text, quoted: false }]

const known = new Set(['-name', '-type', '-maxdepth', '-mindepth'])

interface Wanted {
  readonly alternatives: readonly Conditions[]
  readonly unknown: string | undefined
}

function alternativesOf(words: readonly string[]): Wanted {
  const alternatives: (readonly [string, string])[][] = [[]]
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '-o') alternatives.push([])
    else if (known.has(word)) alternatives.at(-1)?.push([word, words[++at] ?? ''])
    else if (word !== '-print' && word !== '-a') {
      return { alternatives, unknown: word }
    }
  }
  return { alternatives, unknown: undefined }
}

/** A path and all that is below it, the upper ones first. */
function* walk(files: ProcessFiles, path: string, depth = 0): Generator<readonly [string, number]> {
  yield [path, depth]
  if (files.kindOf(path) !== 'directory' || depth >= deepest) return
  for (const name of files.list(path)) {
    yield* walk(files, `${path === '/' ? '' : path}/${name}`, depth + 1)
  }
}

const deepest = 64

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
}

function sizeIn(text: string): number {
  const [, number = '0', unit = ''] = /^(\d{1,12})([kKMG]?)B?$/.exec(text) ?? []
  return Number(number) * (units[unit] ?? 1)
}

/** More than a simulated disk takes. */
const mostBytes = 256 * 1024 * 1024

function dd(args: readonly string[], { world, directory }: CommandContext): Done {
  const given = new Map(
    args.map((arg) => {
      const [name = '', value = ''] = arg.split(/=(.*)/s)
      return [name, value]
    }),
  )
  const from = given.get('if') ?? ''
  const blockBytes = sizeIn(given.get('bs') ?? '512')
  const count = given.has('count') ? sizeIn(given.get('count') ?? '') : undefined
  const isZero = /^\/dev\/(zero|urandom|random)$/.test(from)
  const found = isZero ? undefined : world.files.read(absolutePath(from, directory))
  if (!isZero && found === undefined) {
    return { status: 1, err: `dd: can't open '${from}': No such file or directory\n` }
  }
  const wanted = count === undefined ? mostBytes : Math.min(mostBytes, count * blockBytes)
  const text = isZero ? '\0'.repeat(wanted) : (found ?? '').slice(0, wanted)
  const to = given.get('of') ?? ''
  const failed =
    to === '' || to === '/dev/null'
      ? undefined
      : failureOf(() => world.files.write(absolutePath(to, directory), text))
  if (failed) return { status: 1, err: `dd: error writing '${to}': ${failed.reason}\n` }
  const records = `${Math.floor(text.length / Math.max(1, blockBytes))}+0 records`
  const err = `${records} in\n${records} out\n`
  return { status: 0, err, ...(to === '' ? { out: text } : {}) }
}

/** What is mounted in every container, whatever else is. */
const mounts = [
  ['overlay', '/', 'overlay'],
  ['proc', '/proc', 'proc'],
  ['tmpfs', '/dev', 'tmpfs'],
  ['sysfs', '/sys', 'sysfs'],
  ['cgroup2', '/sys/fs/cgroup', 'cgroup2'],
] as const

function mount(args: readonly string[], { world }: CommandContext): Done {
  const at = args.indexOf('-t')
  const operands = args.filter((arg, index) => !arg.startsWith('-') && index !== at + 1)
  if (operands.length > 0) {
    if (world.capabilities.has('SYS_ADMIN')) return { status: 0 }
    return { status: 1, err: `mount: permission denied (are you root?)\n` }
  }
  const shown = mounts.filter(([, , type]) => at < 0 || type === args[at + 1])
  const lines = shown.map(([what, path, type]) => `${what} on ${path} type ${type} (rw,relatime)\n`)
  return { status: 0, out: lines.join('') }
}
