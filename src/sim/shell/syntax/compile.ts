import type { Ending, Instruction } from './instruction.ts'
import { substitutionsIn } from './substitutions.ts'
import type { AndOr, Command, Pipeline, Redirect, Script, SimpleCommand } from './syntax.ts'

/**
 * Adds a script to a flat list, so that where it stands is one number; returns where it begins. The
 * scripts of its substitutions follow, and `bodies` tells where.
 */
export function compileInto(
  program: Instruction[],
  script: Script,
  ending: Ending,
  bodies: Map<Script, number>,
): number {
  const start = program.length
  emitScript(program, script)
  program.push({ op: ending })
  for (let at = start; at < program.length; at++) {
    for (const body of substitutionsIn(program[at])) {
      if (bodies.has(body)) continue
      bodies.set(body, program.length)
      emitScript(program, body)
      program.push({ op: 'end' })
    }
  }
  return start
}

type Program = Instruction[]

function emitScript(program: Program, script: Script): void {
  for (const andOr of script) {
    const spawn = andOr.background ? put(program, { op: 'spawn', to: 0 }) : undefined
    emitAndOr(program, andOr)
    if (andOr.rest.length === 0 && !andOr.first.negated) program.push({ op: 'errexit' })
    if (spawn) {
      program.push({ op: 'end' })
      spawn.to = program.length
    }
  }
}

function emitAndOr(program: Program, { first, rest, background }: AndOr): void {
  const [only, ...others] = first.commands
  // `( … ) &` is one process, not two.
  const isSubshell = background && rest.length === 0 && others.length === 0 && !first.negated
  if (isSubshell && only) {
    emitInside(program, only)
    return
  }
  const pipelines = [first, ...rest.map(({ pipeline }) => pipeline)]
  for (const [index, pipeline] of pipelines.entries()) {
    const operator = rest[index - 1]?.operator
    const skip = operator && put(program, { op: 'jumpIf', succeeded: operator === '||', to: 0 })
    const emit = () => emitPipeline(program, pipeline)
    if (index < rest.length) emitTested(program, emit)
    else emit()
    if (skip) skip.to = program.length
  }
}

function emitPipeline(program: Program, { negated, commands }: Pipeline): void {
  const [first] = commands
  const emit = () => {
    if (commands.length > 1) {
      emitParts(
        program,
        commands.map((command) => () => emitInside(program, command)),
      )
    } else if (first) emitCommand(program, first)
  }
  if (negated) {
    emitTested(program, emit)
    program.push({ op: 'negate' })
  } else emit()
}

/** What may fail without ending the script under `set -e`, however deep within it. */
function emitTested(program: Program, emit: () => void): void {
  program.push({ op: 'test' })
  emit()
  program.push({ op: 'tested' })
}

/** Scripts that each run as a process. */
function emitParts(program: Program, emits: readonly (() => void)[]): void {
  const starts: number[] = []
  const parts = put(program, { op: 'parts', starts, to: 0 })
  for (const emit of emits) {
    starts.push(program.length)
    emit()
    program.push({ op: 'end' })
  }
  parts.to = program.length
}

function emitCommand(program: Program, command: Command): void {
  if (command.kind === 'simple') emitSimple(program, command)
  else if (command.kind === 'if') emitIf(program, command)
  else if (command.kind === 'while') emitWhile(program, command)
  else if (command.kind === 'for') emitFor(program, command)
  else if (command.kind === 'case') emitCase(program, command)
  else if (command.kind === 'count') emitCount(program, command)
  else if (command.kind === 'arithmetic') {
    program.push({ op: 'arithmetic', text: command.text, ifEmpty: 0 })
  } else if (command.kind === 'function') emitFunction(program, command)
  else {
    const { kind, body, redirects } = command
    const emit = () => emitScript(program, body)
    emitRedirected(program, redirects, kind === 'group' ? emit : () => emitParts(program, [emit]))
  }
}

/** A command in a process of its own: brackets around it make no other. */
function emitInside(program: Program, command: Command): void {
  emitCommand(program, command.kind === 'subshell' ? { ...command, kind: 'group' } : command)
}

function emitSimple(program: Program, command: SimpleCommand): void {
  emitRedirected(program, command.redirects, () => program.push({ op: 'run', command }))
}

function put<T extends Instruction>(program: Program, instruction: T): T {
  program.push(instruction)
  return instruction
}

function emitRedirected(program: Program, redirects: readonly Redirect[], emit: () => void): void {
  if (redirects.length === 0) {
    emit()
    return
  }
  const redirect = put(program, { op: 'redirect', redirects, to: 0 })
  emit()
  program.push({ op: 'unredirect' })
  redirect.to = program.length
}

function emitIf(program: Program, { clauses, otherwise }: Command & { readonly kind: 'if' }): void {
  const exits: { to: number }[] = []
  for (const { test, body } of clauses) {
    emitTested(program, () => emitScript(program, test))
    const next = put(program, { op: 'jumpIf', succeeded: false, to: 0 })
    emitScript(program, body)
    exits.push(put(program, { op: 'jump', to: 0 }))
    next.to = program.length
  }
  if (otherwise) emitScript(program, otherwise)
  else program.push({ op: 'status', value: 0 })
  for (const exit of exits) exit.to = program.length
}

function emitWhile(
  program: Program,
  { until, test, body }: Command & { readonly kind: 'while' },
): void {
  const breakTo = { to: 0 }
  const start = program.length + 1
  program.push({ op: 'loop', breakTo, continueTo: start })
  emitTested(program, () => emitScript(program, test))
  const exit = put(program, { op: 'jumpIf', succeeded: until, to: 0 })
  emitScript(program, body)
  program.push({ op: 'jump', to: start })
  exit.to = program.length
  program.push({ op: 'status', value: 0 })
  breakTo.to = program.length
  program.push({ op: 'unloop', hasList: false })
}

function emitFor(program: Program, command: Command & { readonly kind: 'for' }): void {
  const breakTo = { to: 0 }
  program.push({ op: 'forStart', words: command.words })
  const start = program.length + 1
  program.push({ op: 'loop', breakTo, continueTo: start })
  const next = put(program, { op: 'forNext', name: command.name, to: 0 })
  emitScript(program, command.body)
  program.push({ op: 'jump', to: start })
  next.to = program.length
  breakTo.to = program.length
  program.push({ op: 'unloop', hasList: true })
}

/** The step stands before the test, and is passed over the first time. */
function emitCount(program: Program, command: Command & { readonly kind: 'count' }): void {
  const breakTo = { to: 0 }
  program.push({ op: 'arithmetic', text: command.first, ifEmpty: 1 })
  const step = program.length + 2
  program.push({ op: 'loop', breakTo, continueTo: step })
  const enter = put(program, { op: 'jump', to: 0 })
  program.push({ op: 'arithmetic', text: command.step, ifEmpty: 1 })
  enter.to = program.length
  emitTested(program, () => program.push({ op: 'arithmetic', text: command.test, ifEmpty: 1 }))
  const exit = put(program, { op: 'jumpIf', succeeded: false, to: 0 })
  emitScript(program, command.body)
  program.push({ op: 'jump', to: step })
  exit.to = program.length
  program.push({ op: 'status', value: 0 })
  breakTo.to = program.length
  program.push({ op: 'unloop', hasList: false })
}

function emitCase(program: Program, { word, clauses }: Command & { readonly kind: 'case' }): void {
  const exits: { to: number }[] = []
  program.push({ op: 'startCase', word })
  for (const { patterns, body } of clauses) {
    const next = put(program, { op: 'case', patterns, to: 0 })
    emitScript(program, body)
    exits.push(put(program, { op: 'jump', to: 0 }))
    next.to = program.length
  }
  program.push({ op: 'status', value: 0 })
  for (const exit of exits) exit.to = program.length
  program.push({ op: 'endCase' })
}

function emitFunction(
  program: Program,
  { name, body }: Command & { readonly kind: 'function' },
): void {
  const define = put(program, { op: 'define', name, at: program.length + 1, to: 0 })
  emitCommand(program, body)
  program.push({ op: 'return' })
  define.to = program.length
}
