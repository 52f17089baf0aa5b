import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { draSpecs } from './dra-specs.ts'

/** Upstream's programs that the suite needs, as files. */
export interface Binaries {
  /** The compiled suite. */
  readonly e2e: string
  /** Ginkgo's own command, which runs a compiled suite in several processes. */
  readonly ginkgo: string
  readonly kubectl: string
  /** The program of upstream's test image. */
  readonly agnhost: string
  /** Another image's, which says as whom it runs. */
  readonly nonewprivs: string
}

const module = import.meta.dirname

/** The module's own package and its tools, by the name of their program. */
const packages = {
  agnhost: 'k8s.io/kubernetes/test/images/agnhost',
  nonewprivs: 'k8s.io/kubernetes/test/images/nonewprivs',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  ginkgo: 'github.com/onsi/ginkgo/v2/ginkgo',
  e2e: '.',
} as const

/** A place that outlives the checkout: compiling takes a quarter of an hour on two cores. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'knarr', 'conformance')

/** Where a Go module's files are, downloaded if they were not. */
export function moduleDirectory(path: string): string {
  const shown = go('mod', 'download', '-json', path)
  return (JSON.parse(shown) as { Dir: string }).Dir
}

/** Kubernetes' version that the suite belongs to. */
export function suiteVersion(): string {
  return go('list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes').trim()
}

/** Compiles what is not there yet from the versions in `go.sum`. */
export function conformanceBinaries(say: (line: string) => void): Binaries {
  const inputs = ['go.mod', 'go.sum', 'suite_test.go', 'dra-specs.ts'].map((file) =>
    readFileSync(join(module, file), 'utf8'),
  )
  const key = createHash('sha256').update(inputs.join()).update(go('version')).digest('hex')
  const directory = join(cache, key.slice(0, 16))
  mkdirSync(directory, { recursive: true })
  // kubectl refuses to compare a version that upstream's build has not filled in.
  const stamps = ['component-base/version', 'client-go/pkg/version'].map(
    (where) => `-X k8s.io/${where}.gitVersion=${suiteVersion()}`,
  )
  const linked = `-ldflags=${['-s', '-w', ...stamps].join(' ')}`
  // Ginkgo takes a file for a compiled suite by the end of its name.
  const target = (name: keyof typeof packages) =>
    join(directory, name === 'e2e' ? 'e2e.test' : name)
  for (const [name, path] of Object.entries(packages) as [keyof typeof packages, string][]) {
    if (existsSync(target(name))) continue
    say(`compiling ${name} (once)`)
    const work = mkdtempSync(join(directory, 'compile-'))
    try {
      const output = join(work, name)
      const how = name === 'e2e' ? ['test', '-c', '-vet=off', ...besides(work)] : ['build']
      go(...how, '-p', '2', '-trimpath', linked, '-o', output, path)
      renameSync(output, target(name))
    } finally {
      rmSync(work, { recursive: true })
    }
  }
  return {
    e2e: target('e2e'),
    ginkgo: target('ginkgo'),
    kubectl: target('kubectl'),
    agnhost: target('agnhost'),
    nonewprivs: target('nonewprivs'),
  }
}

/** Go's flag that puts a file beside those of the module's own package, without one being there. */
function besides(work: string): readonly string[] {
  const upstream = join(moduleDirectory('k8s.io/kubernetes'), 'test/e2e/dra/dra.go')
  const file = join(work, 'dra_test.go')
  writeFileSync(file, draSpecs(readFileSync(upstream, 'utf8'), 'conformance'))
  const overlay = join(work, 'overlay.json')
  writeFileSync(overlay, JSON.stringify({ Replace: { [join(module, 'dra_test.go')]: file } }))
  return [`-overlay=${overlay}`]
}

function go(...args: readonly string[]): string {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' }
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  return execFileSync('go', args, { cwd: module, env, encoding: 'utf8', stdio: [...stdio] })
}
