import { absolutePath } from '../../process/paths.ts'
import { type CommandContext, type Done, plain } from './builtin.ts'

/** The commands that test something: their status says whether it holds. */
export const testCommands = [
  ...plain(
    {
      test: ['test EXPRESSION', test],
      '[': [
        '[ EXPRESSION ]',
        (args, context) =>
          args.at(-1) === ']'
            ? test(args.slice(0, -1), context)
            : { status: 2, err: `${context.shell}: 1: [: missing ]\n` },
      ],
    },
    { isOwn: true },
  ),
  ...plain(
    { '[[': ['[[ EXPRESSION ]]', (args, context) => test(args.slice(0, -1), context)] },
    { isOwn: true, dialects: ['bash', 'ash'] },
  ),
]

function test(args: readonly string[], { world, directory, shell }: CommandContext): Done {
  const { value, fault } = tested(args, (path) => ({
    kind: path === '/' ? 'directory' : world.files.kindOf(absolutePath(path, directory)),
    size: world.files.size(absolutePath(path, directory)) ?? 0,
  }))
  if (fault !== undefined) return { status: 2, err: `${shell}: 1: [: ${fault}\n` }
  return { status: value ? 0 : 1 }
}

/** What a test sees of a file. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | undefined
  readonly size: number
}

type Files = (path: string) => FileFacts

/** What a test comes to, or why it cannot be told. */
export interface TestOutcome {
  readonly value: boolean
  readonly fault?: string
}

/** `test` and `[`: files, texts and numbers, with `!`, `-a` and `-o`. */
function tested(args: readonly string[], file: Files): TestOutcome {
  const or = args.findIndex((arg, index) => index > 0 && (arg === '-o' || arg === '||'))
  if (or > 0) return joined(args, or, file, (a, b) => a || b)
  const and = args.findIndex((arg, index) => index > 0 && (arg === '-a' || arg === '&&'))
  if (and > 0) return joined(args, and, file, (a, b) => a && b)
  const [first = '', second = '', third = ''] = args
  if (first === '!' && args.length > 1) {
    const { value, ...rest } = tested(args.slice(1), file)
    return { ...rest, value: !value }
  }
  if (args.length <= 1) return { value: first !== '' }
  if (args.length === 2) return unary(first, second, file)
  return args.length === 3 ? binary(first, second, third) : wrong(`${third}: unexpected operator`)
}

function joined(
  args: readonly string[],
  at: number,
  file: Files,
  both: (a: boolean, b: boolean) => boolean,
): TestOutcome {
  const left = tested(args.slice(0, at), file)
  const right = tested(args.slice(at + 1), file)
  return { ...right, ...left, value: both(left.value, right.value) }
}

function wrong(fault: string): TestOutcome {
  return { value: false, fault }
}

/** Tests one operand: `-n TEXT`, `-f PATH` and their like. */
export function unary(operator: string, value: string, file: Files): TestOutcome {
  switch (operator) {
    case '-n':
      return { value: value !== '' }
    case '-z':
      return { value: value === '' }
    case '-d':
      return { value: file(value).kind === 'directory' }
    case '-f':
      return { value: file(value).kind === 'file' }
    case '-e':
    case '-r':
    case '-w':
    case '-x':
      return { value: file(value).kind !== undefined }
    case '-s':
      return { value: file(value).size > 0 }
    default:
      return /^-[a-zA-Z]$/.test(operator)
        ? { value: false }
        : wrong(`${operator}: unexpected operator`)
  }
}

type Comparison = (a: number, b: number) => boolean

const comparisons: Readonly<Record<string, Comparison>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
}

/** Compares two operands, as texts or as numbers. */
export function binary(a: string, operator: string, b: string): TestOutcome {
  if (operator === '=' || operator === '==') return { value: a === b }
  if (operator === '!=') return { value: a !== b }
  if (operator === '<' || operator === '>') return { value: operator === '<' ? a < b : a > b }
  const compare = comparisons[operator]
  if (!compare) return wrong(`${operator}: unexpected operator`)
  const strange = [a, b].find((text) => !/^\s*[-+]?\d+\s*$/.test(text))
  if (strange !== undefined) return wrong(`Illegal number: ${strange}`)
  return { value: compare(Number(a), Number(b)) }
}
