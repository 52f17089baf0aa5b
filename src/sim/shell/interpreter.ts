import { earliest, isDue } from '../process/consumption.ts'
import type {
  Process,
  ProcessSpec,
  ProcessState,
  ProcessWorld,
  Signal,
} from '../process/process.ts'
import { plainCommands } from './builtins.ts'
import { compileInto, type Instruction } from './compile.ts'
import { control, isControl, leave } from './control.ts'
import { expandText, expandWords } from './expand.ts'
import { expansionOf } from './expansion.ts'
import { copyInput, readLine, readScript } from './input.ts'
import type { ShellMachine } from './machine.ts'
import { parseScript } from './parse.ts'
import { applyRedirects } from './redirects.ts'
import { shellCommands } from './shell-commands.ts'
import {
  copyThread,
  type Destination,
  type ShellState,
  type Thread,
  type Waiting,
} from './state.ts'
import { type Script, ShellSyntaxError, type SimpleCommand } from './syntax.ts'
import { startExitTrap, startTrap, takeSignal } from './traps.ts'
import { bareName, runUnknown } from './unknown.ts'

/** What a shell runs on. */
export interface InterpreterWorld {
  readonly state: ShellState
  readonly spec: ProcessSpec
  readonly world: ProcessWorld
  /** Starts what the model does not know. */
  readonly startServer: (argv: readonly string[], from?: ProcessState) => Process
  readonly failExec: string | undefined
}

/** Steps at one instant before a busy script is made to wait a little. */
const stepLimit = 10_000
const busyMs = 10
/** Scripts within scripts (`$(…)`), at most. */
const depthLimit = 20

/** Runs compiled scripts over plain state. */
export class Interpreter implements ShellMachine {
  readonly state: ShellState
  readonly world: ProcessWorld
  readonly spec: ProcessSpec
  readonly failExec: string | undefined
  readonly startServer: (argv: readonly string[], from?: ProcessState) => Process
  server: Process | undefined
  private readonly program: Instruction[] = []
  private readonly starts: number[] = []
  private readonly depth: number

  constructor(options: InterpreterWorld, depth = 0) {
    this.state = options.state
    this.world = options.world
    this.spec = options.spec
    this.failExec = options.failExec
    this.startServer = options.startServer
    this.depth = depth
    for (const { text, ending } of options.state.sources) this.compile(text, ending)
  }

  get isNested(): boolean {
    return this.depth > 0
  }

  get end(): number {
    return this.program.length
  }

  private compile(text: string, ending: 'end' | 'return' | 'next'): number {
    const start = compileInto(this.program, parseScript(text), ending)
    this.starts.push(start)
    return start
  }

  add(text: string, ending: 'return' | 'next'): number {
    const { sources } = this.state
    const known = sources.findIndex((each) => each.text === text && each.ending === ending)
    if (known >= 0) return this.starts[known] ?? 0
    const start = this.compile(text, ending)
    sources.push({ text, ending })
    return start
  }

  get wakeAtMs(): number | undefined {
    if (this.state.exit) return undefined
    const instants = this.state.threads.map(({ waiting, ended }) =>
      !ended && waiting?.for === 'instant' ? waiting.atMs : undefined,
    )
    return earliest(...instants)
  }

  run(): void {
    let isMoving = true
    while (isMoving && !this.state.exit) {
      isMoving = false
      for (const thread of [...this.state.threads]) {
        if (thread.ended || this.state.exit || !this.isReady(thread)) continue
        isMoving = true
        this.runThread(thread)
      }
    }
  }

  private isReady(thread: Thread): boolean {
    if (thread.waiting) {
      if (!this.isOver(thread)) return false
      delete thread.waiting
    }
    return true
  }

  private isOver(thread: Thread): boolean {
    const { waiting } = thread
    switch (waiting?.for) {
      case 'instant':
        return this.isNested || isDue(waiting.atMs, this.world.nowMs())
      case 'jobs':
        return this.areJobsOver(thread, waiting)
      case 'cat':
        return copyInput(this, thread)
      case 'line':
        return readLine(this, thread, waiting.names)
      case 'script':
        return readScript(this, thread)
      case 'server':
        return this.isServerOver(thread)
      default:
        return false
    }
  }

  private areJobsOver(thread: Thread, { pids, wanted }: Waiting & { for: 'jobs' }): boolean {
    const { threads } = this.state
    if (threads.some(({ pid, ended }) => !ended && pids.includes(pid))) return false
    thread.status = threads.find(({ pid }) => pid === wanted)?.status ?? 0
    return true
  }

  private isServerOver(thread: Thread): boolean {
    if (!this.server?.exit) return false
    thread.status = this.server.exit.code
    this.server = undefined
    return true
  }

  private runThread(thread: Thread): void {
    for (let steps = 0; !thread.waiting && !thread.ended && !this.state.exit; steps++) {
      if (steps >= stepLimit) {
        this.tire(thread)
        return
      }
      const isMain = thread === this.state.threads[0]
      if (!(isMain && startTrap(this, thread))) this.step(thread)
    }
  }

  /** An endless loop goes on a little later; within another script it ends. */
  private tire(thread: Thread): void {
    if (this.isNested) thread.ended = true
    else thread.waiting = { for: 'instant', atMs: this.world.nowMs() + busyMs }
  }

  private step(thread: Thread): void {
    const instruction = this.program[thread.pc++]
    try {
      if (instruction) this.execute(thread, instruction)
      else this.finish(thread)
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error
      this.write(thread, 'err', `sh: 1: ${error.message}\n`)
      thread.status = 2
      this.finish(thread)
    }
  }

  private execute(thread: Thread, instruction: Instruction): void {
    if (isControl(instruction)) control(this, thread, instruction)
    else if (instruction.op === 'run') this.simple(thread, instruction.command)
    else if (instruction.op === 'pipe') this.pipe(thread, instruction.parts)
    else if (instruction.op === 'next') thread.waiting = { for: 'script' }
    else if (instruction.op === 'end') this.finish(thread)
    else if (thread.errexit && thread.status !== 0) leave(this, thread, thread.status)
  }

  private pipe(thread: Thread, parts: readonly Script[]): void {
    let input = thread.piped
    for (const part of parts) input = this.nested(thread, part, input)
    thread.piped = input ?? ''
  }

  private simple(thread: Thread, command: SimpleCommand): void {
    const expansion = expansionOf(this, thread)
    const words = expandWords(command.words, expansion)
    const values = command.assignments.map(([name, value]) => [name, expandText(value, expansion)])
    const opened = applyRedirects(this, thread, command.redirects)
    const piped = opened.input ?? thread.piped
    delete thread.piped
    if (words.length === 0) {
      Object.assign(thread.variables, Object.fromEntries(values))
      if (command.words.length === 0) thread.status = 0
      return
    }
    if (opened.error !== undefined) {
      this.write(thread, 'err', opened.error)
      thread.status = 1
      return
    }
    thread.outputs.push(opened.outputs)
    this.invoke(thread, words, piped)
    thread.outputs.pop()
  }

  invoke(thread: Thread, words: readonly string[], piped: string | undefined): void {
    const [name = '', ...args] = words
    const at = thread.functions[name]
    if (at !== undefined) {
      thread.calls.push({ returnTo: thread.pc, args: thread.args, status: 0 })
      thread.args = [thread.args[0] ?? 'sh', ...args]
      thread.pc = at
      return
    }
    const bare = bareName(name)
    const own = Object.hasOwn(shellCommands, bare) ? shellCommands[bare] : undefined
    const plain = Object.hasOwn(plainCommands, bare) ? plainCommands[bare] : undefined
    if (own) {
      own({ shell: this, thread, args, piped })
      return
    }
    if (!plain) {
      runUnknown(this, thread, words)
      return
    }
    const { directory } = thread
    const done = plain(args, { world: this.worldOf(thread), input: piped, directory })
    if (done.out) this.write(thread, 'out', done.out)
    if (done.err) this.write(thread, 'err', done.err)
    thread.status = done.status
  }

  isLast({ pc }: Thread): boolean {
    let at = pc
    while (['errexit', 'unloop'].includes(this.program[at]?.op ?? 'end')) at++
    return ['end', 'return', 'next'].includes(this.program[at]?.op ?? 'end')
  }

  finish(thread: Thread): void {
    const isMain = thread === this.state.threads[0]
    if (isMain && startExitTrap(this, thread)) return
    thread.ended = true
    if (isMain) this.state.exit = { code: thread.status }
  }

  signal(signal: Signal): void {
    takeSignal(this, signal)
  }

  input(text: string | undefined): void {
    if (text === undefined) this.state.stdinEnded = true
    else this.state.stdin += text
    this.run()
  }

  write(thread: Thread, stream: 'out' | 'err', text: string): void {
    const outputs = thread.outputs.at(-1) ?? { out: 'stdout', err: 'stderr' }
    this.writeTo(outputs[stream], text)
  }

  private writeTo(destination: Destination, text: string): void {
    if (typeof destination === 'string') {
      this.world.write(destination, this.spec.tty ? text.replace(/\r?\n/g, '\r\n') : text)
    } else if (destination.file !== '/dev/null') {
      this.world.files.append(destination.file, text)
    }
  }

  nested(thread: Thread, script: Script, input?: string): string {
    if (this.depth >= depthLimit) throw new ShellSyntaxError('too deeply nested')
    let out = ''
    const world: ProcessWorld = {
      ...this.world,
      write: (stream, text) => {
        if (stream === 'stdout') out += text
        else this.write(thread, 'err', text)
      },
    }
    const copy = copyThread(thread, thread.pid)
    Object.assign(copy, { loops: [], scopes: [], piped: input })
    copy.outputs.splice(0, copy.outputs.length, { out: 'stdout', err: 'stderr' })
    const state: ShellState = {
      ...this.state,
      sources: [],
      threads: [copy],
      stdin: input ?? '',
      stdinEnded: true,
      pending: [],
      execed: false,
    }
    const { startServer, failExec } = this
    const spec = { ...this.spec, tty: false }
    const inner = new Interpreter({ state, spec, world, startServer, failExec }, this.depth + 1)
    copy.pc = compileInto(inner.program, script, 'end')
    inner.run()
    thread.status = state.exit?.code ?? copy.status
    return out
  }

  /** What a command sees: the environment with the variables of the shell. */
  private worldOf(thread: Thread): ProcessWorld {
    return { ...this.world, env: { ...this.world.env, ...thread.variables } }
  }
}
