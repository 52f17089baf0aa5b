import { type Clock, onAbort } from '#lib'
import { ConnectionReset, type NetworkRequest, type NetworkResponse } from '../../model/fabric.ts'
import type { Process, Signal, TerminalSize } from '../../process/process.ts'

/** A process with the clock that wakes it, and those who wait for it. */
export interface RunningProcess {
  readonly process: Process
  /** Something has come that the process may wait for. */
  wake(): void
  signal(signal: Signal): void
  input(text: string | undefined): void
  resize(size: TerminalSize): void
  /** Resolves once it has ended. */
  ended(signal: AbortSignal): Promise<void>
  answer(request: NetworkRequest, port: number, signal: AbortSignal): Promise<NetworkResponse>
  /** From now on it does nothing, whatever it is asked, until it is killed. */
  hang(): void
  /** Forgets it: nothing wakes it any more, and its connections break. */
  abandon(): void
}

/** Wakes a process when it wants to be; `onExit` is called once, within the call that ended it. */
export function runProcess(clock: Clock, process: Process, onExit: () => void): RunningProcess {
  const waiting = createWaiting()
  const alarm = createWakeUp(clock)
  let isOver = false
  let isHung = false
  const end = () => {
    isOver = true
    alarm.set(undefined, () => undefined)
    waiting.breakConnections()
  }
  /** To be called whenever something may have changed about the process. */
  const check = () => {
    if (isOver) return
    if (isHung) return
    if (process.exit) {
      end()
      onExit()
      waiting.reportEnd()
      return
    }
    alarm.set(process.wakeAtMs, () => {
      process.wake()
      check()
    })
  }
  const after = (act: () => void) => {
    if (isOver || isHung) return
    act()
    check()
  }
  check()
  return {
    process,
    wake: () => after(() => process.wake()),
    signal: (signal) => {
      if (signal === 'SIGKILL') isHung = false
      after(() => process.signal(signal))
    },
    input: (text) => after(() => process.input(text)),
    resize: (size) => after(() => process.resize(size)),
    ended: (signal) => (isOver ? Promise.resolve() : waiting.end(signal)),
    answer: async (request, port, signal) => {
      if (isOver) throw new ConnectionReset()
      const answered = waiting.answer(signal)
      if (!isHung) process.request(request, port, answered.give)
      check()
      return answered.promise
    },
    hang() {
      isHung = true
      alarm.set(undefined, () => undefined)
    },
    abandon() {
      if (!isOver) end()
    },
  }
}

/** One timer that is set again and again. */
function createWakeUp(clock: Clock) {
  let timer: Disposable | undefined
  let setForMs: number | undefined
  return {
    set(atMs: number | undefined, wake: () => void) {
      if (atMs === setForMs) return
      timer?.[Symbol.dispose]()
      timer = undefined
      setForMs = atMs
      if (atMs === undefined) return
      timer = clock.timer(atMs - clock.monotonicMs(), () => {
        timer = undefined
        setForMs = undefined
        wake()
      })
    },
  }
}

/** Those who wait for a process to end, and those who wait for its answers. */
function createWaiting() {
  const ends = new Set<() => void>()
  const connections = new Set<(error: unknown) => void>()
  return {
    end: (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal.throwIfAborted()
        const wake = () => {
          watched[Symbol.dispose]()
          resolve()
        }
        ends.add(wake)
        const watched = onAbort(signal, () => {
          ends.delete(wake)
          reject(signal.reason)
        })
      }),
    answer(signal: AbortSignal) {
      signal.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<NetworkResponse>()
      const done = () => {
        connections.delete(fail)
        watched[Symbol.dispose]()
      }
      const fail = (error: unknown) => {
        done()
        reject(error)
      }
      connections.add(fail)
      const watched = onAbort(signal, () => fail(signal.reason))
      const give = (response: NetworkResponse) => {
        done()
        resolve(response)
      }
      return { promise, give }
    },
    breakConnections() {
      for (const fail of [...connections]) fail(new ConnectionReset())
    },
    reportEnd() {
      for (const wake of [...ends]) wake()
      ends.clear()
    },
  }
}
