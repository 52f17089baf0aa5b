import type { Command, Pipeline, Redirect, Script, SimpleCommand, Word } from './syntax.ts'

/** One step of a compiled script. Targets are indexes into the program. */
export type Instruction =
  | { readonly op: 'run'; readonly command: SimpleCommand }
  /** Runs all but the last here and now, and leaves their output as input of what follows. */
  | { readonly op: 'pipe'; readonly parts: readonly Script[] }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'jumpIf'; readonly succeeded: boolean; to: number }
  | { readonly op: 'negate' }
  | { readonly op: 'status'; readonly value: number }
  | { readonly op: 'forStart'; readonly words: readonly Word[] | undefined }
  | { readonly op: 'forNext'; readonly name: string; to: number }
  | { readonly op: 'case'; readonly word: Word; readonly patterns: readonly Word[]; to: number }
  /** A copy of the thread goes on behind this; the thread itself at `to`. */
  | { readonly op: 'spawn'; to: number }
  | { readonly op: 'redirect'; readonly redirects: readonly Redirect[] }
  | { readonly op: 'unredirect' }
  | { readonly op: 'enter'; to: number }
  | { readonly op: 'leave' }
  | { readonly op: 'define'; readonly name: string; readonly at: number; to: number }
  | { readonly op: 'return' }
  /** A failed command ends the script here when `set -e` is on. */
  | { readonly op: 'errexit' }
  | { readonly op: 'loop'; readonly breakTo: { to: number }; readonly continueTo: number }
  | { readonly op: 'unloop' }
  | { readonly op: 'end' }
  /** The end of what was typed: more may come. */
  | { readonly op: 'next' }

/** Adds a script to a flat list, so that where it stands is one number; returns where it begins. */
export function compileInto(
  program: Instruction[],
  script: Script,
  ending: 'end' | 'return' | 'next',
): number {
  const start = program.length
  emitScript(program, script)
  program.push({ op: ending })
  return start
}

type Program = Instruction[]

function emitScript(program: Program, script: Script): void {
  for (const { first, rest, background } of script) {
    const spawn = background ? put(program, { op: 'spawn', to: 0 }) : undefined
    emitPipeline(program, first)
    for (const { operator, pipeline } of rest) {
      const skip = put(program, { op: 'jumpIf', succeeded: operator === '||', to: 0 })
      emitPipeline(program, pipeline)
      skip.to = program.length
    }
    const isPlain = rest.length === 0 && !first.negated
    if (isPlain) program.push({ op: 'errexit' })
    if (spawn) {
      program.push({ op: 'end' })
      spawn.to = program.length
    }
  }
}

function emitPipeline(program: Program, { negated, commands }: Pipeline): void {
  const last = commands.at(-1)
  const before = commands.slice(0, -1)
  if (before.length > 0) program.push({ op: 'pipe', parts: before.map(asScript) })
  if (last) emitCommand(program, last)
  if (negated) program.push({ op: 'negate' })
}

function asScript(command: Command): Script {
  return [{ first: { negated: false, commands: [command] }, rest: [], background: false }]
}

function emitCommand(program: Program, command: Command): void {
  const emit = () => {
    if ('body' in command) emitScript(program, command.body as Script)
  }
  const subshell = () => {
    if (command.kind === 'subshell') emitSubshell(program, command.body)
  }
  if (command.kind === 'simple') program.push({ op: 'run', command })
  else if (command.kind === 'if') emitIf(program, command)
  else if (command.kind === 'while') emitWhile(program, command)
  else if (command.kind === 'for') emitFor(program, command)
  else if (command.kind === 'case') emitCase(program, command)
  else if (command.kind === 'function') emitFunction(program, command)
  else emitRedirected(program, command.redirects, command.kind === 'group' ? emit : subshell)
}

function put<T extends Instruction>(program: Program, instruction: T): T {
  program.push(instruction)
  return instruction
}

function emitRedirected(program: Program, redirects: readonly Redirect[], emit: () => void): void {
  if (redirects.length > 0) program.push({ op: 'redirect', redirects })
  emit()
  if (redirects.length > 0) program.push({ op: 'unredirect' })
}

function emitSubshell(program: Program, body: Script): void {
  const enter = put(program, { op: 'enter', to: 0 })
  emitScript(program, body)
  enter.to = program.length
  program.push({ op: 'leave' })
}

function emitIf(program: Program, { clauses, otherwise }: Command & { readonly kind: 'if' }): void {
  const exits: { to: number }[] = []
  for (const { test, body } of clauses) {
    emitCondition(program, test)
    const next = put(program, { op: 'jumpIf', succeeded: false, to: 0 })
    emitScript(program, body)
    exits.push(put(program, { op: 'jump', to: 0 }))
    next.to = program.length
  }
  if (otherwise) emitScript(program, otherwise)
  else program.push({ op: 'status', value: 0 })
  for (const exit of exits) exit.to = program.length
}

/** A test may fail without ending a script under `set -e`. */
function emitCondition(program: Program, test: Script): void {
  const start = program.length
  emitScript(program, test)
  for (let at = start; at < program.length; at++) {
    if (program[at]?.op === 'errexit') program[at] = { op: 'jump', to: at + 1 }
  }
}

function emitWhile(
  program: Program,
  { until, test, body }: Command & { readonly kind: 'while' },
): void {
  const breakTo = { to: 0 }
  const start = program.length + 1
  program.push({ op: 'loop', breakTo, continueTo: start })
  emitCondition(program, test)
  const exit = put(program, { op: 'jumpIf', succeeded: until, to: 0 })
  emitScript(program, body)
  program.push({ op: 'jump', to: start })
  exit.to = program.length
  program.push({ op: 'status', value: 0 })
  breakTo.to = program.length
  program.push({ op: 'unloop' })
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
  program.push({ op: 'unloop' })
}

function emitCase(program: Program, { word, clauses }: Command & { readonly kind: 'case' }): void {
  const exits: { to: number }[] = []
  for (const { patterns, body } of clauses) {
    const next = put(program, { op: 'case', word, patterns, to: 0 })
    emitScript(program, body)
    exits.push(put(program, { op: 'jump', to: 0 }))
    next.to = program.length
  }
  program.push({ op: 'status', value: 0 })
  for (const exit of exits) exit.to = program.length
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
