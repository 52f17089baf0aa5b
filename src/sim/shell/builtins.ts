import type { ProcessWorld } from '../process/process.ts'
import { testHolds } from './test-command.ts'

/** What a command that ends at once did: its output and its exit status. */
export interface Done {
  readonly status: number
  readonly out?: string
  readonly err?: string
}

export interface CommandContext {
  readonly world: ProcessWorld
  readonly directory: string
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
  id: () => ({ status: 0, out: 'uid=0(root) gid=0(root) groups=0(root)\n' }),
  uname: () => ({ status: 0, out: 'Linux\n' }),
  date,
  printenv,
  seq,
  ls,
  touch: eachFile((path, { files }) => {
    if (files.kindOf(path) === undefined) files.write(path, '')
  }),
  mkdir: eachFile((path, { files }) => files.makeDirectory(path)),
  rm: eachFile((path, { files }) => files.remove(path)),
  rmdir: eachFile((path, { files }) => files.remove(path)),
  cp: copy(false),
  mv: copy(true),
  chmod: () => ({ status: 0 }),
  chown: () => ({ status: 0 }),
  sync: () => ({ status: 0 }),
  test: (args, context) => test(args, context),
  '[': (args, context) => test(args.slice(0, -1), context),
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
    out: `${path.split('/').slice(0, -1).join('/') || '.'}\n`,
  }),
}

/** `NAME=value` of all variables. */
export function environment({ env, hostname }: ProcessWorld): readonly string[] {
  return Object.entries({ HOSTNAME: hostname, ...env }).map(([name, value]) => `${name}=${value}`)
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}

function echo(args: readonly string[]): Done {
  const flags = args.filter(
    (arg, index) =>
      /^-[neE]+$/.test(arg) && args.slice(0, index).every((each) => /^-[neE]+$/.test(each)),
  )
  const text = args.slice(flags.length).join(' ')
  const told = flags.some((flag) => flag.includes('e')) ? unescaped(text) : text
  return { status: 0, out: flags.some((flag) => flag.includes('n')) ? told : `${told}\n` }
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  a: '',
  e: '\u001b',
}

function unescaped(text: string): string {
  return text.replace(/\\([ntra\\e])/g, (_, letter: string) => escapes[letter] ?? letter)
}

function printf([format = '', ...args]: readonly string[]): Done {
  const rest = [...args]
  const once = () =>
    unescaped(format).replace(/%(-?)(0?)(\d*)([scdixXo%])/g, (_, ...found: string[]) => {
      const [left, zero, width, kind = ''] = found
      if (kind === '%') return '%'
      const value = converted(kind, rest.shift())
      if (left) return value.padEnd(Number(width))
      return value.padStart(Number(width), zero && kind !== 's' ? '0' : ' ')
    })
  let out = once()
  while (rest.length > 0 && format.includes('%')) out += once()
  return { status: 0, out }
}

const radixes: Readonly<Record<string, number>> = { x: 16, X: 16, o: 8 }

function converted(kind: string, value: string | undefined): string {
  if (kind === 's') return value ?? ''
  if (kind === 'c') return value?.[0] ?? ''
  const number = (Number.parseInt(value ?? '0', 10) || 0).toString(radixes[kind] ?? 10)
  return kind === 'X' ? number.toUpperCase() : number
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
  const holds = testHolds(args, (path) => ({
    kind: world.files.kindOf(absolute(path, directory)),
    size: world.files.read(absolute(path, directory))?.length ?? 0,
  }))
  return { status: holds ? 0 : 1 }
}
