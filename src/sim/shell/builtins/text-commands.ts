import type { ProcessWorld } from '../../process/process.ts'
import { arithmetic } from '../expand/arithmetic.ts'
import { printed, unescaped } from '../expand/printf.ts'
import { type CommandContext, type Done, plain, printedLines } from './builtin.ts'

/** The shell's own commands that print, compute or do nothing. */
export const ownTextCommands = plain(
  {
    ':': [':', () => ({ status: 0 })],
    true: ['true', () => ({ status: 0 })],
    false: ['false', () => ({ status: 1 })],
    echo: ['echo [-neE] TEXT…', echo],
    printf: ['printf FORMAT ARGUMENT…', printf],
    pwd: ['pwd', (_, { directory }) => ({ status: 0, out: `${directory}\n` })],
    alias: ['alias', () => ({ status: 0 })],
    hash: ['hash', () => ({ status: 0 })],
    jobs: ['jobs', () => ({ status: 0 })],
    ulimit: ['ulimit', () => ({ status: 0 })],
    umask: ['umask', (args) => (args.length > 0 ? { status: 0 } : { status: 0, out: '0022\n' })],
  },
  { isOwn: true },
)

/** Programs that print what they know, or compute. */
export const textCommands = plain({
  date: ['date [+FORMAT]', date],
  printenv: ['printenv [NAME]', printenv],
  seq: ['seq [FIRST [STEP]] LAST', seq],
  sync: ['sync', () => ({ status: 0 })],
  expr: [
    'expr ARGUMENT…',
    (args) => {
      const out = computed(args)
      return { status: /^0*$/.test(out) ? 1 : 0, out: `${out}\n` }
    },
  ],
  basename: [
    'basename PATH [SUFFIX]',
    ([path = '', suffix = '']) => {
      const name = withoutEndSlashes(path).split('/').at(-1) ?? ''
      const isCut = suffix !== '' && name !== suffix && name.endsWith(suffix)
      return { status: 0, out: `${isCut ? name.slice(0, -suffix.length) : name}\n` }
    },
  ],
  dirname: ['dirname PATH', ([path = '']) => ({ status: 0, out: `${directoryOf(path)}\n` })],
})

function directoryOf(path: string): string {
  const parts = withoutEndSlashes(path).split('/')
  return parts.slice(0, -1).join('/') || (parts.length > 1 ? '/' : '.')
}

function withoutEndSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

/** Lists `NAME=value` of all variables. */
export function environment({ env, hostname }: ProcessWorld): readonly string[] {
  return Object.entries({ HOSTNAME: hostname, ...env }).map(([name, value]) => `${name}=${value}`)
}

/** dash takes no flag but one `-n`, and reads `\\n` and its like always; others with `-e`. */
function echo(args: readonly string[], { dialect }: CommandContext): Done {
  const isFlag = dialect === 'dash' ? /^-n$/ : /^-[neE]+$/
  let count = 0
  while (isFlag.test(args[count] ?? '') && (count === 0 || dialect !== 'dash')) count++
  const flags = args.slice(0, count).join('')
  const text = args.slice(count).join(' ')
  const escapes = dialect === 'dash' || flags.includes('e')
  const [printed = '', ...cut] = escapes ? unescaped(text.replace('\\c', '\0')).split('\0') : [text]
  return { status: 0, out: flags.includes('n') || cut.length > 0 ? printed : `${printed}\n` }
}

function printf(args: readonly string[], { shell }: CommandContext): Done {
  const { text, complaints } = printed(args)
  const err = complaints.map((each) => `${shell}: 1: printf: ${each}\n`).join('')
  return { status: complaints.length > 0 ? 1 : 0, out: text, ...(err === '' ? {} : { err }) }
}

function date([format]: readonly string[], { world }: CommandContext): Done {
  const now = new Date(world.wallMs())
  const iso = now.toISOString()
  const fields: Readonly<Record<string, string>> = {
    s: String(Math.floor(world.wallMs() / 1000)),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
  }
  if (format?.startsWith('+')) {
    const out = format.slice(1).replace(/%([sYmdHMSFT])/g, (_, key: string) => fields[key] ?? '')
    return { status: 0, out: `${out}\n` }
  }
  return { status: 0, out: `${now.toUTCString().replace('GMT', 'UTC')}\n` }
}

function printenv([name]: readonly string[], { world }: CommandContext): Done {
  if (name === undefined) return { status: 0, out: printedLines(environment(world)) }
  const value = world.env[name]
  return value === undefined ? { status: 1 } : { status: 0, out: `${value}\n` }
}

function seq(args: readonly string[]): Done {
  const [a = 1, b, c] = args.map(Number)
  const [first, step, last] =
    c !== undefined ? [a, b ?? 1, c] : b !== undefined ? [a, 1, b] : [1, 1, a]
  const count = Math.min(Math.max(0, Math.floor((last - first) / (step || 1)) + 1), 100_000)
  return {
    status: 0,
    out: printedLines(Array.from({ length: count }, (_, index) => String(first + index * step))),
  }
}

/** `expr`: what it computes of whole numbers, and the length of a text. */
function computed(args: readonly string[]): string {
  const [first, second = ''] = args
  if (first === 'length') return String(second.length)
  const isNumeric = args.every((arg) => /^(-?\d+|[-+*/%()<>|&]|[<>!=]=|=)$/.test(arg))
  if (!isNumeric) return args.join(' ')
  const text = args.map((arg) => (arg === '=' ? '==' : arg)).join(' ')
  return String(arithmetic(text, { get: () => '', set: () => undefined }))
}
