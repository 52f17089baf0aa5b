import { memoized } from '#lib'
import { compileInto } from '../syntax/compile.ts'
import type { Ending, Instruction } from '../syntax/instruction.ts'
import { parseScript } from '../syntax/parse.ts'
import { type Script, ShellError } from '../syntax/syntax.ts'
import type { Tail } from './machine.ts'
import type { Source, Thread } from './state.ts'

/** Probes and restarts run the same scripts over and over. */
const parsed = memoized((text: string) => parseScript(text), 500)

/** Where a thread stands that has nothing left to do. */
export const theEnd = 0

/** The scripts of a shell, compiled one behind the other; a saved shell compiles the same again. */
export class Program {
  private readonly instructions: Instruction[] = [{ op: 'end' }]
  /** Where each script begins, by its ending and its text. */
  private readonly known = new Map<string, number>()
  private readonly bodies = new Map<Script, number>()
  private readonly sources: Source[]
  /** Where the sources begin, in the same order. */
  private readonly starts: number[] = []

  constructor(sources: Source[]) {
    this.sources = sources
    for (const { text, ending } of sources) this.compile(text, ending)
  }

  private compile(text: string, ending: Ending): number {
    const start = compileInto(this.instructions, parsed(text), ending, this.bodies)
    this.known.set(ending + text, start)
    this.starts.push(start)
    return start
  }

  /** Where a script begins that was added already. */
  find(text: string, ending: Ending): number | undefined {
    return this.known.get(ending + text)
  }

  /**
   * Forgets the scripts that were added last and that no thread is in or can come to, such as what
   * `eval` has read and run. Returns how much it looked at.
   */
  forget(threads: readonly Thread[]): number {
    let [last, looked] = [0, 0]
    for (const { pc, calls, loops, functions } of threads) {
      last = Math.max(last, pc)
      for (const { returnTo } of calls) last = Math.max(last, returnTo)
      for (const { breakTo, continueTo } of loops) last = Math.max(last, breakTo, continueTo)
      for (const name in functions) {
        last = Math.max(last, functions[name] ?? 0)
        looked++
      }
      looked += 1 + calls.length + loops.length
    }
    while ((this.starts.at(-1) ?? 0) > last) this.forgetLast()
    return looked
  }

  private forgetLast(): void {
    const start = this.starts.pop()
    const source = this.sources.pop()
    if (start === undefined || source === undefined) return
    this.known.delete(source.ending + source.text)
    this.instructions.length = start
    // Those of a source stand at its end, and were added last.
    for (const [body, at] of [...this.bodies].reverse()) {
      if (at < start) break
      this.bodies.delete(body)
    }
  }

  add(text: string, ending: Ending): number {
    const start = this.compile(text, ending)
    this.sources.push({ text, ending })
    return start
  }

  at(pc: number): Instruction {
    return this.instructions[pc] ?? { op: 'end' }
  }

  startOf(body: Script): number {
    const start = this.bodies.get(body)
    if (start === undefined) throw new ShellError('Bad substitution')
    return start
  }

  /** What is between a thread's next step and its end. */
  tailOf({ pc, calls }: Thread): Tail {
    const frames = [...calls]
    let at: number | undefined = pc
    let tail: Tail = 'nothing'
    for (;;) {
      const instruction: Instruction = this.at(at)
      if (instruction.op === 'end' || instruction.op === 'next') return tail
      const next = this.passed(instruction, at, frames)
      if (next === undefined) return instruction.op === 'return' ? 'function' : 'more'
      if (instruction.op === 'return') tail = 'function'
      else if (instruction.op === 'jump' && tail === 'nothing') tail = 'compound'
      at = next
    }
  }

  /** Where a thread goes from an instruction that does nothing to its status; undefined when it does. */
  private passed(
    instruction: Instruction,
    at: number,
    frames: Thread['calls'],
  ): number | undefined {
    if (passive.has(instruction.op)) return at + 1
    if (instruction.op === 'jump') return instruction.to > at ? instruction.to : undefined
    const frame = instruction.op === 'return' ? frames.pop() : undefined
    return frame && frame.returnTo >= 0 ? frame.returnTo : undefined
  }
}

/** Instructions that only tidy up. */
const passive: ReadonlySet<Instruction['op']> = new Set([
  'errexit',
  'tested',
  'unloop',
  'unredirect',
  'endCase',
])
