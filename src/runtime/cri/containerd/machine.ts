import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What this machine allows; containerd's configuration follows from it. */
export interface MachineAbilities {
  /** Without CAP_SYS_RESOURCE a negative oom_score_adj fails the start of every sandbox. */
  readonly mayLowerOomScore: boolean
  readonly snapshotter: 'overlayfs' | 'native'
  readonly appArmor: boolean
}

const capSysResource = 24n

/** Tries them out; `directory` is on the filesystem that containers will use. */
export function probeMachine(directory: string): MachineAbilities {
  return {
    mayLowerOomScore: hasCapability(readFileSync('/proc/self/status', 'utf8'), capSysResource),
    snapshotter: canMountOverlay(directory) ? 'overlayfs' : 'native',
    appArmor: readOr('/sys/module/apparmor/parameters/enabled', 'N').startsWith('Y'),
  }
}

/** Whether the effective set in the text of /proc/PID/status has the capability of this number. */
export function hasCapability(status: string, number: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> number) & 1n) === 1n
}

/** Overlay cannot stand on overlay, nor on some network filesystems; only trying tells. */
function canMountOverlay(directory: string): boolean {
  const trial = mkdtempSync(join(directory, '.overlay-'))
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => {
    const path = join(trial, name)
    mkdirSync(path)
    return path
  })
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  try {
    const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged!])
    if (mounted.status !== 0) return false
    return spawnSync('umount', [merged!]).status === 0
  } finally {
    rmSync(trial, { recursive: true, force: true })
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return otherwise
  }
}
