import { absolutePath } from '../../process/paths.ts'
import { durationMs, numberOf } from '../expand/numbers.ts'
import { runUnknown } from '../programs/unknown.ts'
import { call, leave, leaveLoops, returnFrom } from '../run/control.ts'
import type { Invocation } from '../run/machine.ts'
import { ownInput, type Thread } from '../run/state.ts'
import { streamsOf } from '../run/threads.ts'
import { ShellError } from '../syntax/syntax.ts'
import { acting } from './builtin.ts'

/** The shell's own commands that say where it goes on. */
export const flowCommands = [
  ...acting(
    {
      exit: [
        'exit [STATUS]',
        ({ shell, thread, args: [code] }) => leave(shell, thread, codeOf(code, thread)),
      ],
      return: [
        'return [STATUS]',
        ({ shell, thread, args: [code] }) =>
          returnFrom(shell, thread, numberOf(code) ?? thread.status),
      ],
      break: [
        'break [LEVELS]',
        ({ shell, thread, args: [levels] }) =>
          leaveLoops(shell, thread, numberOf(levels) ?? 1, ({ breakTo }) => breakTo),
      ],
      continue: [
        'continue [LEVELS]',
        ({ shell, thread, args: [levels] }) =>
          leaveLoops(shell, thread, numberOf(levels) ?? 1, ({ continueTo }) => continueTo),
      ],
      eval: ['eval TEXT…', ({ shell, thread, args }) => call(shell, thread, args.join(' '))],
      '.': ['. FILE [ARGUMENT…]', source],
    },
    { isOwn: true },
  ),
  ...acting(
    { source: ['source FILE [ARGUMENT…]', source] },
    { isOwn: true, dialects: ['bash', 'ash'] },
  ),
  ...acting({ read: ['read [-r] [-p PROMPT] NAME…', read] }, { isOwn: true, waits: true }),
  ...acting({ sleep: ['sleep DURATION…', sleep] }, { waits: true }),
  ...acting({
    stty: ['stty [size]', stty],
    yes: [
      'yes [TEXT…]',
      ({ shell, thread, args }) =>
        call(shell, thread, 'while :; do echo "$@"; done', [
          'yes',
          ...(args.length > 0 ? args : ['y']),
        ]),
    ],
  }),
]

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

/** `. FILE`; one that is not there is the program of a server. */
function source({ shell, thread, args }: Invocation): void {
  const [path = '', ...rest] = args
  const text = shell.world.files.read(absolutePath(path, thread.directory))
  if (text === undefined) runUnknown(shell, thread, [path])
  else call(shell, thread, text, rest.length > 0 ? [thread.args[0] ?? 'sh', ...rest] : thread.args)
}
