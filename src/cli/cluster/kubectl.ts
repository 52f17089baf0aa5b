import { execFile } from 'node:child_process'
import { KnarrError } from '#lib'

/** Which cluster kubectl asks; what is absent is what kubectl takes by itself. */
export interface KubectlTarget {
  readonly kubeconfig?: string
  readonly context?: string
}

/** More than the largest list that one would want to read. */
const mostBytes = 1024 ** 3

/**
 * Runs the user's kubectl, which knows every way to log in to a cluster, and resolves to what it prints.
 * @throws KnarrError `NoKubectl`; `KubectlFailed` with what it said
 */
export function kubectl(
  arguments_: readonly string[],
  { kubeconfig, context }: KubectlTarget,
): Promise<string> {
  const target = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ]
  return new Promise((resolve, reject) => {
    execFile(
      'kubectl',
      [...target, ...arguments_],
      { maxBuffer: mostBytes },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout)
        else if (error.code === 'ENOENT') reject(noKubectl())
        else reject(new KnarrError('KubectlFailed', firstLine(stderr) || error.message))
      },
    )
  })
}

function noKubectl(): KnarrError {
  return new KnarrError('NoKubectl', 'there is no kubectl on the PATH', {
    hint: 'Install it: it knows how to log in to your cluster.',
  })
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
