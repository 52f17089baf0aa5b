import type { Signal } from '../process/process.ts'
import { absolute } from './builtins.ts'
import { call, leave, returnFrom } from './control.ts'
import type { ShellMachine } from './machine.ts'
import { signalOf } from './signals.ts'
import type { Thread } from './state.ts'
import { bareName, isPlain, runUnknown } from './unknown.ts'

/** A command that changes the shell or makes it wait. */
export interface Invocation {
  readonly shell: ShellMachine
  readonly thread: Thread
  readonly args: readonly string[]
  readonly piped: string | undefined
}

type ShellCommand = (invocation: Invocation) => void

export const shellCommands: Readonly<Record<string, ShellCommand>> = {
  sleep,
  exit: ({ shell, thread, args: [code] }) => leave(shell, thread, statusOf(code, thread)),
  return: ({ shell, thread, args: [code] }) => returnFrom(shell, thread, statusOf(code, thread)),
  break: ({ thread }) => {
    const loop = thread.loops.at(-1)
    if (loop) thread.pc = loop.breakTo
  },
  continue: ({ thread }) => {
    const loop = thread.loops.at(-1)
    if (loop) thread.pc = loop.continueTo
  },
  cd: ({ thread, args: [path = '/root'] }) => {
    thread.directory = absolute(path, thread.directory)
    thread.status = 0
  },
  export: assign,
  local: assign,
  readonly: assign,
  unset: ({ thread, args }) => {
    for (const name of args) delete thread.variables[name]
    thread.status = 0
  },
  set: ({ thread, args }) => {
    for (const flag of args) {
      if (/^-\w*e/.test(flag)) thread.errexit = true
      if (/^\+\w*e/.test(flag)) thread.errexit = false
    }
    thread.status = 0
  },
  shift: ({ thread }) => {
    thread.args.splice(1, 1)
    thread.status = 0
  },
  trap,
  wait,
  kill,
  cat,
  read,
  tail: tailForEver,
  exec,
  eval: ({ shell, thread, args }) => call(shell, thread, args.join(' ')),
  '.': source,
  source,
  sh: inner,
  bash: inner,
  ash: inner,
  dash: inner,
  timeout: ({ shell, thread, args, piped }) => shell.invoke(thread, args.slice(1), piped),
  nohup: ({ shell, thread, args, piped }) => shell.invoke(thread, args, piped),
  command: ({ shell, thread, args, piped }) => shell.invoke(thread, args, piped),
  time: ({ shell, thread, args, piped }) => shell.invoke(thread, args, piped),
  tini: ({ shell, thread, args, piped }) =>
    shell.invoke(
      thread,
      args.filter((arg, index) => index > 0 || !arg.startsWith('-')),
      piped,
    ),
}

function statusOf(code: string | undefined, { status }: Thread): number {
  return code === undefined ? status : Number.parseInt(code, 10) || 0
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function sleep({ shell, thread, args }: Invocation): void {
  thread.status = 0
  if (args.some((arg) => /^inf(inity)?$/.test(arg))) {
    thread.waiting = { for: 'ever' }
    return
  }
  let ms = 0
  for (const arg of args) {
    const [, number, unit = 's'] = /^(\d*\.?\d+)([smhd])?$/.exec(arg) ?? []
    if (number === undefined) {
      shell.write(thread, 'err', `sleep: invalid time interval '${arg}'\n`)
      thread.status = 1
      return
    }
    ms += Number(number) * (units[unit] ?? 1000)
  }
  thread.waiting = { for: 'instant', atMs: shell.world.nowMs() + ms }
}

function assign({ thread, args }: Invocation): void {
  for (const arg of args) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(arg) ?? []
    if (name !== undefined) thread.variables[name] = value ?? ''
  }
  thread.status = 0
}

function trap({ thread, args }: Invocation): void {
  const [body = '', ...names] = args
  for (const name of names) {
    const signal = name === '0' ? 'EXIT' : (signalOf(name)?.slice(3) ?? name.toUpperCase())
    if (body === '-') delete thread.traps[signal]
    else thread.traps[signal] = body
  }
  thread.status = 0
}

function wait({ shell, thread, args }: Invocation): void {
  const { threads } = shell.state
  const jobs = threads.filter((job) => job !== thread && !job.ended)
  const given = args.map(Number)
  const pids = given.length > 0 ? given : jobs.map(({ pid }) => pid)
  const wanted = given.at(-1)
  thread.status = threads.find(({ pid, ended }) => ended && pid === wanted)?.status ?? 0
  if (!jobs.some(({ pid }) => pids.includes(pid))) return
  thread.waiting = { for: 'jobs', pids, ...(wanted === undefined ? {} : { wanted }) }
}

function kill({ shell, thread, args }: Invocation): void {
  const flag = args.find((arg) => arg.startsWith('-'))
  const signal = flag === undefined ? 'SIGTERM' : (signalOf(flag.replace(/^-s?/, '')) ?? 'SIGTERM')
  thread.status = 0
  for (const pid of args.filter((arg) => /^\d+$/.test(arg)).map(Number)) {
    const isThere = flag === '-0' ? isAlive(shell, pid) : sendTo(shell, pid, signal)
    if (!isThere) thread.status = 1
  }
}

function isAlive({ state }: ShellMachine, pid: number): boolean {
  return state.threads.some((each) => each.pid === pid && !each.ended)
}

function sendTo({ state, spec, world }: ShellMachine, pid: number, signal: Signal): boolean {
  const job = state.threads.find((each) => each.pid === pid)
  if (job && job !== state.threads[0]) {
    job.ended = true
    return true
  }
  if (pid === 1 || (job && spec.isInit)) world.signalInit(signal)
  return pid === 1 || job !== undefined
}

function cat({ shell, thread, args, piped }: Invocation): void {
  thread.status = 0
  const paths = args.filter((arg) => !arg.startsWith('-'))
  if (paths.length === 0) {
    if (piped === undefined) thread.waiting = { for: 'cat' }
    else shell.write(thread, 'out', piped)
    return
  }
  for (const path of paths) {
    const text = shell.world.files.read(absolute(path, thread.directory))
    if (text !== undefined) shell.write(thread, 'out', text)
    else {
      shell.write(thread, 'err', `cat: ${path}: No such file or directory\n`)
      thread.status = 1
    }
  }
}

function read({ shell, thread, args, piped }: Invocation): void {
  const names = args.filter((arg) => !arg.startsWith('-'))
  if (piped !== undefined) shell.state.stdin = piped + shell.state.stdin
  thread.waiting = { for: 'line', names: names.length > 0 ? names : ['REPLY'] }
}

/** `tail -f` never ends. */
function tailForEver(invocation: Invocation): void {
  const { shell, thread, args, piped } = invocation
  if (args.some((arg) => /^-\w*[fF]/.test(arg))) {
    thread.status = 0
    thread.waiting = { for: 'ever' }
    return
  }
  shell.invoke(thread, ['head', ...args], piped)
}

/** The shell becomes the command: signals are the command's from now on, and its end is the shell's. */
function exec({ shell, thread, args, piped }: Invocation): void {
  if (args.length === 0) return
  const isMain = thread === shell.state.threads[0]
  const [name = ''] = args
  thread.traps = {}
  const before = thread.calls.length
  if (isMain && !isPlain(name) && !Object.hasOwn(shellCommands, bareName(name))) {
    shell.state.execed = true
    runUnknown(shell, thread, args, true)
  } else {
    shell.invoke(thread, args, piped)
  }
  if (thread.calls.length > before) return
  thread.calls = []
  thread.pc = shell.end
}

/** `. FILE`; one that is not there is the program of a server. */
function source({ shell, thread, args: [path = ''] }: Invocation): void {
  const text = shell.world.files.read(absolute(path, thread.directory))
  if (text === undefined) runUnknown(shell, thread, [path])
  else call(shell, thread, text)
}

/** A shell within the shell: its script runs in place, with arguments of its own. */
function inner({ shell, thread, args, piped }: Invocation): void {
  const at = args.findIndex((arg) => /^-\w*c$/.test(arg))
  const script = at < 0 ? undefined : args[at + 1]
  const rest = args.slice(at + 2)
  if (script !== undefined) {
    call(shell, thread, script, { args: rest.length > 0 ? rest : ['sh'], isShell: true })
    return
  }
  const [path] = args.filter((arg) => !arg.startsWith('-'))
  const text = path === undefined ? piped : shell.world.files.read(absolute(path, thread.directory))
  if (text === undefined) runUnknown(shell, thread, ['sh', ...args])
  else call(shell, thread, text, { isShell: true })
}
