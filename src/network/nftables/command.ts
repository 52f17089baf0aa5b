import { spawn } from 'node:child_process'
import { KnarrError } from '#lib'

/** Runs binaries in the network namespace of one node. */
export interface NodeCommands {
  /** Standard output; rejects with what the binary said when it fails. */
  run(file: string, args: readonly string[], options: CommandOptions): Promise<string>
  /** The namespace's path; absent for the one of this process. */
  readonly netns?: string
}

/** How a command is run on a node: its standard input and what may end it. */
export interface CommandOptions {
  readonly input?: string
  readonly signal: AbortSignal
}

/** `nsenter` changes the network only; `ip netns exec` would also hide the cgroups. */
export function nodeCommands(netns?: string): NodeCommands {
  const run: NodeCommands['run'] = (file, args, options) =>
    netns === undefined
      ? runCommand(file, args, options)
      : runCommand('nsenter', [`--net=${netns}`, file, ...args], options)
  return netns === undefined ? { run } : { run, netns }
}

function runCommand(
  file: string,
  args: readonly string[],
  { input = '', signal }: CommandOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { signal, stdio: ['pipe', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    const complaint: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk))
    // The binary may end before it has read everything; its exit code tells why.
    child.stdin.on('error', () => {})
    child.on('error', (cause) => reject(signal.aborted ? signal.reason : missing(file, cause)))
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(output).toString())
      const why = Buffer.concat(complaint).toString().trim() || `exit code ${code}`
      reject(new KnarrError('NetworkCommandFailed', `${file} ${args.join(' ')}: ${why}`))
    })
    child.stdin.end(input)
  })
}

function missing(file: string, cause: Error): KnarrError {
  const hint = `Install the package that brings ${file} (Debian: nftables, iproute2, conntrack, procps), and have /usr/sbin in PATH.`
  return new KnarrError('NetworkCommandMissing', `cannot run ${file}: ${cause.message}`, {
    hint,
    cause,
  })
}
