import { absolute, environment } from './builtins.ts'
import { call, leave, leaveLoops, returnFrom } from './control.ts'
import { environmentOf } from './environment.ts'
import { innerShell } from './inner-shell.ts'
import { exec, kill, timeout, trap, wait } from './job-commands.ts'
import { locate } from './locate.ts'
import type { ShellMachine } from './machine.ts'
import { durationMs } from './numbers.ts'
import { readOptions } from './options.ts'
import { ownInput, type Thread } from './state.ts'
import { ShellError } from './syntax.ts'
import { streamsOf } from './threads.ts'
import { runUnknown } from './unknown.ts'

/** A command that changes the shell or makes it wait. */
export interface Invocation {
  readonly shell: ShellMachine
  readonly thread: Thread
  readonly args: readonly string[]
}

type ShellCommand = (invocation: Invocation) => void

/** Runs its arguments as a command. */
const invokeRest: ShellCommand = ({ shell, thread, args }) =>
  shell.invoke(
    thread,
    args.filter((arg, index) => index > 0 || !arg.startsWith('-')),
  )

export const shellCommands: Readonly<Record<string, ShellCommand>> = {
  sleep,
  exit: ({ shell, thread, args: [code] }) => leave(shell, thread, codeOf(code, thread)),
  return: ({ shell, thread, args: [code] }) =>
    returnFrom(shell, thread, numberOf(code) ?? thread.status),
  break: ({ shell, thread, args: [levels] }) =>
    leaveLoops(shell, thread, numberOf(levels) ?? 1, ({ breakTo }) => breakTo),
  continue: ({ shell, thread, args: [levels] }) =>
    leaveLoops(shell, thread, numberOf(levels) ?? 1, ({ continueTo }) => continueTo),
  cd,
  export: (invocation) => {
    assign(invocation)
    for (const name of namesOf(invocation)) invocation.thread.exported[name] = true
  },
  readonly: (invocation) => {
    assign(invocation)
    for (const name of namesOf(invocation)) invocation.thread.readonly[name] = true
  },
  local,
  unset: ({ thread, args }) => {
    for (const name of args) {
      delete thread.variables[name]
      delete thread.exported[name]
      delete thread.functions[name]
    }
    thread.status = 0
  },
  set,
  shift: ({ thread, args: [count] }) => {
    thread.args.splice(1, numberOf(count) ?? 1)
    thread.status = 0
  },
  trap,
  wait,
  kill,
  read,
  tail,
  exec,
  env,
  stty,
  timeout,
  nice: invokeRest,
  setsid: invokeRest,
  yes: ({ shell, thread, args }) =>
    call(shell, thread, 'while :; do echo "$@"; done', [
      'yes',
      ...(args.length > 0 ? args : ['y']),
    ]),
  eval: ({ shell, thread, args }) => call(shell, thread, args.join(' ')),
  '.': source,
  source,
  sh: innerShell('sh'),
  bash: innerShell('bash'),
  ash: innerShell('ash'),
  dash: innerShell('dash'),
  nohup: invokeRest,
  command: (invocation) =>
    /^-[vV]$/.test(invocation.args[0] ?? '') ? locate(invocation) : invokeRest(invocation),
  type: locate,
  which: locate,
  time: invokeRest,
  tini: invokeRest,
  stdbuf: ({ shell, thread, args }) =>
    shell.invoke(thread, args.slice(args.findIndex((arg) => !arg.startsWith('-')))),
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text, 10) || 0
}

/** @throws ShellError for what is no number. */
function codeOf(text: string | undefined, { dialect }: Thread): number | undefined {
  const isNumber = dialect === 'bash' ? /^[-+]?\d+$/ : /^\d+$/
  if (text === undefined || isNumber.test(text)) return numberOf(text)
  throw new ShellError(`exit: Illegal number: ${text}`)
}

function sleep({ shell, thread, args }: Invocation): void {
  thread.status = 0
  if (args.some((arg) => /^inf(inity)?$/.test(arg))) {
    thread.waiting = { for: 'ever' }
    return
  }
  if (args.length === 0) {
    shell.write(thread, 'err', 'sleep: missing operand\n')
    thread.status = 1
    return
  }
  let ms = 0
  for (const arg of args) {
    const one = durationMs(arg)
    if (one === undefined) {
      shell.write(thread, 'err', `sleep: invalid time interval '${arg}'\n`)
      thread.status = 1
      return
    }
    ms += one
  }
  thread.waiting = { for: 'instant', atMs: shell.world.nowMs() + ms }
}

function cd({ shell, thread, args: [given] }: Invocation): void {
  const { variables, directory } = thread
  const home = variables.HOME ?? shell.world.env.HOME ?? '/root'
  const path = given === '-' ? (variables.OLDPWD ?? directory) : (given ?? home)
  const at = absolute(path, directory)
  thread.status = 0
  if (shell.world.files.kindOf(at) !== 'file') {
    thread.directory = at
    variables.OLDPWD = directory
    if (given === '-') shell.write(thread, 'out', `${at}\n`)
    return
  }
  shell.write(thread, 'err', `sh: 1: cd: can't cd to ${path}\n`)
  thread.status = 2
}

function namesOf({ args }: Invocation): readonly string[] {
  return args.map((arg) => arg.replace(/=.*/s, '')).filter((name) => /^[A-Za-z_]\w*$/.test(name))
}

function assign({ thread, args }: Invocation): void {
  for (const arg of args) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(arg) ?? []
    if (name === undefined) continue
    if (thread.readonly[name]) throw new ShellError(`${name}: is read only`)
    thread.variables[name] = value ?? ''
  }
  thread.status = 0
}

/** Variables that the function takes with it when it returns. */
function local(invocation: Invocation): void {
  const { thread, args } = invocation
  const frame = thread.calls.at(-1)
  for (const name of args.map((arg) => arg.replace(/=.*/s, ''))) {
    if (!frame) break
    frame.restore = { [name]: thread.variables[name] ?? null, ...frame.restore }
  }
  assign(invocation)
}

/** `set -e`, `set -o pipefail`, `set -- WORDS`. */
function set({ thread, args }: Invocation): void {
  const { options, rest, isMarked, illegal } = readOptions(args, thread.options, thread.dialect)
  if (illegal !== undefined) throw new ShellError(`set: Illegal option ${illegal}`)
  thread.options = options
  thread.status = 0
  if (isMarked || rest.length > 0) thread.args = [thread.args[0] ?? 'sh', ...rest]
}

/** Without a command it prints the environment. */
function env({ shell, thread, args }: Invocation): void {
  const at = args.findIndex((arg) => !/^-|^[A-Za-z_]\w*=/.test(arg))
  const assignments = args.slice(0, at < 0 ? args.length : at)
  assign({ shell, thread, args: assignments })
  for (const name of namesOf({ shell, thread, args: assignments })) thread.exported[name] = true
  if (at >= 0) {
    shell.invoke(thread, args.slice(at))
    return
  }
  const all = environment({ ...shell.world, env: environmentOf(shell, thread) })
  shell.write(thread, 'out', all.map((line) => `${line}\n`).join(''))
}

function read({ shell, thread, args }: Invocation): void {
  const names = args.filter(
    (arg, index) => !arg.startsWith('-') && !/^-[pt]$/.test(args[index - 1] ?? ''),
  )
  const prompt = args.indexOf('-p')
  if (prompt >= 0 && shell.spec.tty) shell.write(thread, 'err', args[prompt + 1] ?? '')
  thread.waiting = {
    for: 'line',
    names: names.length > 0 ? names : ['REPLY'],
    separators: thread.variables.IFS ?? ' \t\n',
    raw: args.some((arg) => /^-\w*r/.test(arg)),
  }
}

/** `stty size`; all else that it sets is of no account here. */
function stty({ shell, thread, args }: Invocation): void {
  const { rows, columns } = shell.state.terminal
  thread.status = shell.spec.tty && streamsOf(thread).in === ownInput ? 0 : 1
  if (thread.status === 1) {
    shell.write(thread, 'err', "stty: 'standard input': Inappropriate ioctl for device\n")
  } else if (args.includes('size')) shell.write(thread, 'out', `${rows} ${columns}\n`)
}

/** `tail -f` never ends. */
function tail({ thread, args }: Invocation): void {
  thread.status = 0
  const memo = { read: 0, lines: 0, kept: '', open: [] }
  const follows = args.some((arg) => /^-\w*[fF]/.test(arg))
  thread.waiting = follows ? { for: 'ever' } : { for: 'filter', name: 'tail', args, memo }
}

/** `. FILE`; one that is not there is the program of a server. */
function source({ shell, thread, args }: Invocation): void {
  const [path = '', ...rest] = args
  const text = shell.world.files.read(absolute(path, thread.directory))
  if (text === undefined) runUnknown(shell, thread, [path])
  else call(shell, thread, text, rest.length > 0 ? [thread.args[0] ?? 'sh', ...rest] : thread.args)
}
