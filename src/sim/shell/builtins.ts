import type { ProcessWorld } from '../process/process.ts'
import { arithmetic } from './arithmetic.ts'
import type { Dialect } from './dialect.ts'
import { printed, unescaped } from './printf.ts'
import { tested } from './test-command.ts'

/** What a command that ends at once did: its output and its exit status. */
export interface Done {
  readonly status: number
  readonly out?: string
  readonly err?: string
}

export interface CommandContext {
  readonly world: ProcessWorld
  readonly directory: string
  readonly dialect: Dialect
}

type Builtin = (args: readonly string[], context: CommandContext) => Done

/** Commands that take no time and change nothing about the shell itself. */
export const plainCommands: Readonly<Record<string, Builtin>> = {
  ':': () => ({ status: 0 }),
  true: () => ({ status: 0 }),
  false: () => ({ status: 1 }),
  echo,
  printf,
  pwd: (_, { directory }) => ({ status: 0, out: `${directory}\n` }),
  hostname: (_, { world }) => ({ status: 0, out: `${world.hostname}\n` }),
  whoami: () => ({ status: 0, out: 'root\n' }),
  id: ([flag = '']) => ({
    status: 0,
    out: /^-[ugG]$/.test(flag) ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n',
  }),
  uname: () => ({ status: 0, out: 'Linux\n' }),
  date,
  printenv,
  seq,
  ls,
  touch: eachFile((path, { files }) => {
    if (files.kindOf(path) === undefined) files.write(path, '')
  }),
  mkdir: eachFile((path, { files }) => files.makeDirectory(path)),
  rm: remove,
  rmdir: eachFile((path, { files }) => files.remove(path)),
  cp: copy(false),
  mv: copy(true),
  chmod: () => ({ status: 0 }),
  chown: () => ({ status: 0 }),
  sync: () => ({ status: 0 }),
  // Nothing here depends on them.
  alias: () => ({ status: 0 }),
  hash: () => ({ status: 0 }),
  jobs: () => ({ status: 0 }),
  ulimit: () => ({ status: 0 }),
  umask: (args) => (args.length > 0 ? { status: 0 } : { status: 0, out: '0022\n' }),
  expr: (args) => {
    const out = computed(args)
    return { status: /^0*$/.test(out) ? 1 : 0, out: `${out}\n` }
  },
  test: (args, context) => test(args, context),
  '[': (args, context) =>
    args.at(-1) === ']'
      ? test(args.slice(0, -1), context)
      : { status: 2, err: 'sh: 1: [: missing ]\n' },
  '[[': (args, context) => test(args.slice(0, -1), context),
  basename: ([path = '', suffix = '']) => {
    const name =
      path
        .replace(/(.)\/+$/, '$1')
        .split('/')
        .at(-1) ?? ''
    const isCut = suffix !== '' && name !== suffix && name.endsWith(suffix)
    return { status: 0, out: `${isCut ? name.slice(0, -suffix.length) : name}\n` }
  },
  dirname: ([path = '']) => ({
    status: 0,
    out: `${directoryOf(path)}\n`,
  }),
}

function directoryOf(path: string): string {
  const parts = path.replace(/(.)\/+$/, '$1').split('/')
  return parts.slice(0, -1).join('/') || (parts.length > 1 ? '/' : '.')
}

/** `NAME=value` of all variables. */
export function environment({ env, hostname }: ProcessWorld): readonly string[] {
  return Object.entries({ HOSTNAME: hostname, ...env }).map(([name, value]) => `${name}=${value}`)
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}

/** dash takes no flag but one `-n`, and reads `\\n` and its like always; others with `-e`. */
function echo(args: readonly string[], { dialect }: CommandContext): Done {
  const isFlag = dialect === 'dash' ? /^-n$/ : /^-[neE]+$/
  let count = 0
  while (isFlag.test(args[count] ?? '') && (count === 0 || dialect !== 'dash')) count++
  const flags = args.slice(0, count).join('')
  const text = args.slice(count).join(' ')
  const escapes = dialect === 'dash' || flags.includes('e')
  const [told = '', ...cut] = escapes ? unescaped(text.replace('\\c', '\0')).split('\0') : [text]
  return { status: 0, out: flags.includes('n') || cut.length > 0 ? told : `${told}\n` }
}

function printf(args: readonly string[]): Done {
  const { text, complaints } = printed(args)
  const err = complaints.map((each) => `sh: 1: printf: ${each}\n`).join('')
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
  if (name === undefined) return { status: 0, out: lines(environment(world)) }
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
    out: lines(Array.from({ length: count }, (_, index) => String(first + index * step))),
  }
}

export function absolute(path: string, directory: string): string {
  const whole = path.startsWith('/') ? path : `${directory === '/' ? '' : directory}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

function ls(args: readonly string[], { world, directory }: CommandContext): Done {
  const paths = args.filter((arg) => !arg.startsWith('-'))
  const names: string[] = []
  for (const path of paths.length > 0 ? paths : ['.']) {
    const at = absolute(path, directory)
    const kind = world.files.kindOf(at)
    if (kind === undefined) {
      return { status: 2, err: `ls: cannot access '${path}': No such file or directory\n` }
    }
    names.push(...(kind === 'file' ? [path] : world.files.list(at)))
  }
  return { status: 0, out: lines(names) }
}

function eachFile(act: (path: string, world: ProcessWorld) => void): Builtin {
  return (args, { world, directory }) => {
    for (const path of args.filter((arg) => !arg.startsWith('-')))
      act(absolute(path, directory), world)
    return { status: 0 }
  }
}

function remove(args: readonly string[], { world, directory }: CommandContext): Done {
  const isForced = args.some((arg) => /^-\w*f/.test(arg))
  let err = ''
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const at = absolute(path, directory)
    if (world.files.kindOf(at) === undefined && !isForced) {
      err += `rm: cannot remove '${path}': No such file or directory\n`
    } else world.files.remove(at)
  }
  return err === '' ? { status: 0 } : { status: 1, err }
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

function copy(removes: boolean): Builtin {
  return (args, { world, directory }) => {
    const [from = '', to = ''] = args
      .filter((arg) => !arg.startsWith('-'))
      .map((path) => absolute(path, directory))
    const text = world.files.read(from)
    if (text === undefined) {
      const name = removes ? 'mv' : 'cp'
      return { status: 1, err: `${name}: cannot stat '${from}': No such file or directory\n` }
    }
    const target = world.files.kindOf(to) === 'directory' ? `${to}/${from.split('/').at(-1)}` : to
    world.files.write(target, text)
    if (removes) world.files.remove(from)
    return { status: 0 }
  }
}

function test(args: readonly string[], { world, directory }: CommandContext): Done {
  const { value, fault } = tested(args, (path) => ({
    kind: path === '/' ? 'directory' : world.files.kindOf(absolute(path, directory)),
    size: world.files.read(absolute(path, directory))?.length ?? 0,
  }))
  if (fault !== undefined) return { status: 2, err: `sh: 1: [: ${fault}\n` }
  return { status: value ? 0 : 1 }
}
