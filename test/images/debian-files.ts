import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { TarEntry } from '../../src/runtime/cri/containerd/archive/tar.ts'

/** What images leave out of a package. */
const leftOut =
  /^usr\/(share\/(doc|man|locale|info|lintian|bug|bash-completion)|lib\/[^/]+\/gconv)\//

/** Directories that Debian keeps as links into /usr; packages still name files through them. */
const merged = ['bin', 'sbin', 'lib', 'lib64']

export interface DebianImageFiles {
  /** Installed packages are read from this machine; others are downloaded, never installed. */
  readonly packages: readonly string[]
  /** Of those packages, only paths that match. Default: all. */
  readonly only?: RegExp
}

/** The files of packages, and the shared libraries that their programs load. */
export function debianFiles(
  { packages, only = /./ }: DebianImageFiles,
  cacheDir: string,
): readonly TarEntry[] {
  const files = new Map<string, string>()
  for (const name of packages) {
    for (const [path, source] of packageFiles(name, cacheDir)) {
      if (!leftOut.test(path) && only.test(path)) files.set(path, source)
    }
  }
  for (const library of librariesOf([...files.values()])) files.set(canonical(library), library)
  const entries = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(toEntry)
  return [...skeleton(entries), ...entries]
}

/** Text that changes when what `debianFiles` would give changes. */
export function packageVersions(packages: readonly string[]): string {
  const versions = packages.map((name) => `${name}=${installedVersion(name) ?? candidate(name)}`)
  return [...versions, readFileSync('/etc/debian_version', 'utf8').trim()].join(' ')
}

function installedVersion(name: string): string | undefined {
  try {
    const format = `\${db:Status-Status} \${Version}`
    const shown = execFileSync('dpkg-query', ['--show', `--showformat=${format}`, name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [status, version] = shown.split(' ')
    return status === 'installed' ? version : undefined
  } catch {
    return undefined
  }
}

function candidate(name: string): string {
  const shown = execFileSync('apt-cache', ['policy', name], { encoding: 'utf8' })
  return /Candidate: (\S+)/.exec(shown)?.[1] ?? 'none'
}

/** Path in the image to path on this machine. */
function packageFiles(name: string, cacheDir: string): readonly (readonly [string, string])[] {
  if (installedVersion(name)) {
    return execFileSync('dpkg-query', ['--listfiles', name], { encoding: 'utf8' })
      .split('\n')
      .filter((path) => path.startsWith('/') && isFileOrLink(path))
      .map((path) => [canonical(path), path])
  }
  const root = downloaded(name, cacheDir)
  return walk(root).map((path) => [canonical(path.slice(root.length)), path])
}

function downloaded(name: string, cacheDir: string): string {
  const root = join(cacheDir, 'packages', `${name}_${candidate(name)}`)
  if (existsSync(root)) return root
  mkdirSync(cacheDir, { recursive: true })
  const work = mkdtempSync(join(cacheDir, 'download-'))
  execFileSync('apt-get', ['download', '-o', 'APT::Sandbox::User=root', name], { cwd: work })
  const archive = readdirSync(work).find((file) => file.startsWith(`${name}_`))
  if (!archive) throw new Error(`apt-get downloaded no archive of ${name}`)
  const extracted = join(work, 'extracted')
  execFileSync('dpkg', ['--extract', join(work, archive), extracted])
  mkdirSync(dirname(root), { recursive: true })
  renameSync(extracted, root)
  rmSync(work, { recursive: true })
  return root
}

function walk(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function isFileOrLink(path: string): boolean {
  if (!existsSync(path)) return false
  const stat = lstatSync(path)
  return stat.isFile() || (stat.isSymbolicLink() && !merged.includes(path.slice(1)))
}

/** Without the leading slash, and below /usr where Debian merged the directories. */
function canonical(path: string): string {
  const relative = path.replace(/^\/+/, '')
  return merged.includes(relative.split('/')[0] ?? '') ? `usr/${relative}` : relative
}

/** Absolute paths of the libraries that `ldd` names, by the names programs ask for. */
function librariesOf(files: readonly string[]): readonly string[] {
  const programs = files.filter((file) => isDynamic(file))
  if (programs.length === 0) return []
  const shown = execFileSync('ldd', programs, { encoding: 'utf8', maxBuffer: 1 << 26 })
  return [...new Set(shown.match(/(?<= )\/\S+|(?<=\t)\/\S+(?= \()/g) ?? [])].filter(existsSync)
}

function isDynamic(file: string): boolean {
  if (lstatSync(file).isSymbolicLink()) return false
  const bytes = readFileSync(file)
  return bytes.subarray(0, 4).toString('latin1') === '\x7fELF' && bytes.includes('ld-linux')
}

function toEntry([path, source]: readonly [string, string]): TarEntry {
  const stat = lstatSync(source)
  if (stat.isSymbolicLink() && !source.includes('.so')) {
    return { kind: 'link', path, mode: 0o777, target: readlinkSync(source) }
  }
  const real = realpathSync(source)
  const { mode } = lstatSync(real)
  return { kind: 'file', path, mode: mode & 0o7777, bytes: readFileSync(real) }
}

/** The directories that every image has, those that its files need, and the links into /usr. */
function skeleton(entries: readonly TarEntry[]): readonly TarEntry[] {
  const standard = ['dev', 'etc', 'home', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'usr']
  const parents = new Set([...standard, 'usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'var'])
  for (const { path } of entries) {
    for (let up = dirname(path); up !== '.'; up = dirname(up)) parents.add(up)
  }
  return [
    ...[...parents].sort().map((path) => directory(path, path === 'root' ? 0o700 : 0o755)),
    directory('tmp', 0o1777),
    directory('var/tmp', 0o1777),
    ...merged.map((path) => link(path, `usr/${path}`)),
  ]
}

export function directory(path: string, mode = 0o755): TarEntry {
  return { kind: 'directory', path, mode }
}

export function link(path: string, target: string): TarEntry {
  return { kind: 'link', path, mode: 0o777, target }
}

export function textFile(path: string, text: string, mode = 0o644): TarEntry {
  return { kind: 'file', path, mode, bytes: Buffer.from(text) }
}

/** A program of this machine, for images that hold little else. */
export function program(path: string, source: string): TarEntry {
  return { kind: 'file', path, mode: 0o755, bytes: readFileSync(source) }
}
