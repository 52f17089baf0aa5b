import { execFile } from 'node:child_process'
import { HostError } from '../../model/error.ts'

/** Runs a system binary without a shell; its standard error becomes the message of a failure. */
export function runBinary(
  file: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { signal, maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      if (signal.aborted) return reject(signal.reason)
      const why = stderr.trim() || error.message
      reject(new HostError('Io', `${file} ${args.join(' ')}: ${why}`, { cause: error }))
    })
  })
}
