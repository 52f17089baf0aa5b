import { absolutePath } from '../../process/paths.ts'
import { computed } from '../expand/expand.ts'
import { numberOf } from '../expand/numbers.ts'
import { shellEnvironmentOf, shellName } from '../run/environment.ts'
import { expansionOf } from '../run/expansion.ts'
import type { Invocation } from '../run/machine.ts'
import { readOptions } from '../run/options.ts'
import { ShellError } from '../syntax/syntax.ts'
import { acting } from './builtin.ts'
import { environment } from './text-commands.ts'

/** The shell's own commands that change its variables, arguments, options and directory. */
export const variableCommands = [
  ...acting(
    {
      cd: ['cd [DIRECTORY]', cd],
      export: [
        'export NAME[=VALUE]…',
        (invocation) => {
          assign(invocation)
          for (const name of namesOf(invocation)) invocation.thread.exported[name] = true
        },
      ],
      readonly: [
        'readonly NAME[=VALUE]…',
        (invocation) => {
          assign(invocation)
          for (const name of namesOf(invocation)) invocation.thread.readonly[name] = true
        },
      ],
      local: ['local NAME[=VALUE]…', local],
      unset: [
        'unset NAME…',
        ({ thread, args }) => {
          for (const name of args) {
            delete thread.variables[name]
            delete thread.exported[name]
            delete thread.functions[name]
            if (thread.arrays?.[name]) {
              const { [name]: _, ...arrays } = thread.arrays
              thread.arrays = arrays
            }
          }
          thread.status = 0
        },
      ],
      set: ['set [-eux] [-o OPTION] [-- WORD…]', set],
      shift: [
        'shift [COUNT]',
        ({ thread, args: [count] }) => {
          thread.args.splice(1, numberOf(count) ?? 1)
          thread.status = 0
        },
      ],
    },
    { isOwn: true },
  ),
  ...acting(
    {
      declare: ['declare [-aAirx] NAME[=VALUE]…', assign],
      typeset: ['typeset [-aAirx] NAME[=VALUE]…', assign],
    },
    { isOwn: true, dialects: ['bash'] },
  ),
  ...acting({ let: ['let EXPRESSION…', evaluate] }, { isOwn: true, dialects: ['bash', 'ash'] }),
  ...acting({ env: ['env [NAME=VALUE…] [COMMAND…]', env] }, { waits: true }),
]

function cd({ shell, thread, args: [given] }: Invocation): void {
  const { variables, directory } = thread
  const home = variables.HOME ?? shell.world.env.HOME ?? '/root'
  const path = given === '-' ? (variables.OLDPWD ?? directory) : (given ?? home)
  const at = absolutePath(path, directory)
  thread.status = 0
  if (shell.world.files.kindOf(at) !== 'file') {
    thread.directory = at
    variables.OLDPWD = directory
    if (given === '-') shell.write(thread, 'out', `${at}\n`)
    return
  }
  shell.write(thread, 'err', `${shellName(thread)}: 1: cd: can't cd to ${path}\n`)
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
  const all = environment({ ...shell.world, env: shellEnvironmentOf(shell, thread) })
  shell.write(thread, 'out', all.map((line) => `${line}\n`).join(''))
}

/** `let`: it fails when the last expression comes to 0. */
function evaluate({ shell, thread, args }: Invocation): void {
  const world = expansionOf(shell, thread)
  const values = args.map((arg) => computed(arg, world))
  thread.status = values.at(-1) ? 0 : 1
}
