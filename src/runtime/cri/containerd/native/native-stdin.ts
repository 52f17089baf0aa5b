import { constants, openSync, readdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { RuntimeError } from '../../../model/error.ts'
import type { NativeStdin } from '../../client/streams.ts'
import type { ContainerdLayout } from '../layout/layout.ts'

/**
 * The pipe that a container's main process reads, where containerd's CRI keeps it. What is in the
 * pipe is read even after every writer has left, so nothing is lost when the input ends.
 */
export function openNativeStdin(
  layout: ContainerdLayout,
  containerId: string,
): NativeStdin | undefined {
  const descriptor = openPipe(layout, containerId)
  if (descriptor === undefined) return undefined
  const pipe = new Socket({ fd: descriptor, readable: false, writable: true })
  pipe.on('error', () => undefined) // the container has ended; each write says so
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        pipe.write(bytes, (error) => {
          if (error) reject(new RuntimeError('unavailable', error.message, { cause: error }))
          else resolve()
        })
      }),
    flush: () =>
      new Promise((resolve) => {
        if (pipe.destroyed) resolve()
        pipe.once('close', () => resolve())
        pipe.end(() => pipe.destroy())
      }),
  }
}

function openPipe(layout: ContainerdLayout, containerId: string): number | undefined {
  const io = join(layout.state, 'io.containerd.grpc.v1.cri', 'containers', containerId, 'io')
  try {
    const directory = readdirSync(io)[0] ?? ''
    const path = join(io, directory, `${containerId}-stdin`)
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}
