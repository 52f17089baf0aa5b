import { createHook } from 'node:async_hooks'
import { isClockStep } from '#lib'
import { framesBelow } from './caller.ts'

/**
 * Calls `found` whenever the process starts something that ends outside JavaScript: I/O, work for
 * the thread pool, a timer of Node's by whatever way. What runs synchronously has ended when it
 * returns, and is left alone; so are the immediates by which the virtual clock drains promises.
 * Returns what stops it.
 */
export function watchRealWork(
  isWatched: () => boolean,
  found: (type: string, frames: readonly string[]) => void,
): () => void {
  const init = (_id: number, type: string, _trigger: number, resource: object) => {
    if (!realWork.test(type) || !isWatched()) return
    if (isClockStep(Reflect.get(resource, '_onImmediate'))) return
    const frames = framesBelow(init)
    if (!frames.some((frame) => synchronous.test(frame))) found(type, frames)
  }
  // Promises are most of what there is, and never real work.
  const hook = createHook({ init, trackPromises: false })
  hook.enable()
  return () => void hook.disable()
}

/** Node's names of asynchronous resources. */
const realWork =
  /^(FS|STAT|FILEHANDLE|TCP|TLS|PIPE|UDP|GETADDRINFO|GETNAMEINFO|QUERYWRAP|DNSCHANNEL|PROCESSWRAP|WORKER|MESSAGEPORT|ZLIB|Timeout$|Immediate$)|REQUEST$/

const synchronous = /(Sync|\bsyncBufferWrapper) \(node:/
