import type { Behaviour } from '../../behaviour/behaviour.ts'
import type { SimClient } from '../../network/sim-network.ts'
import type { Guess, ProcessSpec, ProcessState, ProcessWorld } from '../../process/process.ts'
import { startProcess } from '../../shell/start-process.ts'
import { containerFiles } from '../files/container-files.ts'
import { capabilitiesOf, userOf } from '../files/permissions.ts'
import { behaviourOf } from './behaviour-of.ts'
import { startFailure } from './command-line.ts'
import { createContainerLog } from './container-log.ts'
import { containerNetwork } from './container-network.ts'
import { createOutputs } from './output.ts'
import type { ContainerRecord, RuntimeRecords, SandboxRecord } from './records.ts'
import { type RunningProcess, runProcess } from './running-process.ts'
import type { SimRuntimeOptions } from './runtime-node.ts'
import { noProcess } from './start-errors.ts'
import { stopSignalOf } from './stop-signal.ts'

export interface ProcessesWorld extends SimRuntimeOptions {
  readonly records: RuntimeRecords
  /** The main process of a container has ended. */
  readonly onExit: (container: ContainerRecord) => void
}

/** Starts a container's main process, or goes on with one that was saved. */
export function startMain(
  world: ProcessesWorld,
  container: ContainerRecord,
  state?: ProcessState,
): void {
  const { clock, disk } = world
  const { config, argv } = container
  const place = { disk, path: logPathOf(world, container), wallMs: clock.wallMs }
  const log = createContainerLog(place, container.unfinished)
  const outputs = createOutputs()
  container.log = log
  container.outputs = outputs
  const spec: ProcessSpec = {
    argv,
    isInit: true,
    stdin: config.stdin,
    tty: config.tty,
    workingDir: config.workingDir || '/',
  }
  const write: ProcessWorld['write'] = (stream, text) => {
    log.write(stream, text)
    outputs.write(stream, text)
  }
  const own = processWorld(world, container, write)
  const process = startProcess(spec, own.world, behaviour(world, container), state)
  // It may end within this very call, before there is anything to hold on to.
  const running = runProcess(clock, process, () => {
    if (container.process) world.onExit(container)
  })
  container.process = running
  own.holder = running
  if (process.exit) world.onExit(container)
}

/** Why a command cannot be started in a container; undefined when it can. */
export function failureToStart(
  { disk }: ProcessesWorld,
  container: ContainerRecord,
  argv: readonly string[],
): string | undefined {
  const { workingDir } = container.config
  if (workingDir !== '' && !workingDir.startsWith('/')) return 'Cwd must be an absolute path'
  const why = startFailure(argv, { files: containerFiles(container, disk), workingDir })
  return why === undefined ? undefined : noProcess(why)
}

/** Where the output of a command goes that is run inside a container. */
interface ExecOutput {
  readonly write: ProcessWorld['write']
  /** Called once, within the call that ended it. */
  readonly onExit?: () => void
}

/** Starts another process in a running container. */
export function startInside(
  world: ProcessesWorld,
  container: ContainerRecord,
  spec: ProcessSpec,
  { write, onExit }: ExecOutput,
): RunningProcess {
  const own = processWorld(world, container, write)
  const process = startProcess(spec, own.world, behaviour(world, container))
  own.holder = runProcess(world.clock, process, onExit ?? (() => undefined))
  return own.holder
}

export function behaviour(world: ProcessesWorld, container: ContainerRecord): Behaviour {
  return behaviourOf({
    rules: world.behaviours,
    config: container.config,
    sandbox: sandboxOf(world, container)?.config,
    memoryLimitBytes: container.resources.memoryLimitBytes,
  })
}

export function logPathOf(world: ProcessesWorld, container: ContainerRecord): string {
  const directory = sandboxOf(world, container)?.config.logDirectory ?? ''
  return `${directory}/${container.config.logPath}`
}

export function sandboxOf(
  { records }: ProcessesWorld,
  { sandboxId }: ContainerRecord,
): SandboxRecord | undefined {
  return records.sandboxes.get(sandboxId)
}

/** Tells of a guess once per container and cause, however often the container starts. */
function reportGuess(world: ProcessesWorld, container: ContainerRecord, guess: Guess): void {
  const sandbox = sandboxOf(world, container)
  if (!sandbox || !world.onGuess) return
  const { name } = container.config.metadata
  const { guesses = [], config } = sandbox
  const cause = `${name}: ${guess.message}`
  if (guesses.includes(cause) || guesses.length >= guessLimit) return
  sandbox.guesses = [...guesses, cause]
  const { namespace, name: pod, uid } = config.metadata
  world.onGuess({ ...guess, namespace, pod, uid, container: name })
}

/** A script may make up any number of names. */
const guessLimit = 20

function processWorld(
  world: ProcessesWorld,
  container: ContainerRecord,
  write: ProcessWorld['write'],
): OwnWorld {
  const { clock, disk, node } = world
  const { config } = container
  const own: { holder?: RunningProcess } = {}
  const network = containerNetwork(clientOf(world, container), clock, () => own.holder?.wake())
  const processWorld: ProcessWorld = {
    network,
    nowMs: clock.monotonicMs,
    wallMs: clock.wallMs,
    env: Object.fromEntries(config.envs.map(({ name, value }) => [name, value])),
    hostname: sandboxOf(world, container)?.config.hostname || node,
    user: userOf(config),
    capabilities: capabilitiesOf(config),
    sysctls: sandboxOf(world, container)?.config.linux.sysctls ?? {},
    mayGainPrivileges: !config.linux.securityContext.noNewPrivileges,
    ip: sandboxOf(world, container)?.ips[0] ?? world.nodeIps[0] ?? '',
    files: containerFiles(container, disk),
    write,
    isServing: () => container.process?.process.isServing === true,
    report: (guess) => reportGuess(world, container, guess),
    signalInit: (signal) => {
      // A hook may say so before the kubelet does.
      if (signal === 'SIGTERM' || signal === stopSignalOf(container)) container.isStopping = true
      container.process?.signal(signal)
    },
  }
  return Object.assign(own, { world: processWorld })
}

/** The world of a process, and who holds that, once there is somebody. */
interface OwnWorld {
  readonly world: ProcessWorld
  holder?: RunningProcess
}

/** Asks from the pod's address, or from the node's where the pod is on its network. */
function clientOf(world: ProcessesWorld, container: ContainerRecord): SimClient | undefined {
  const sandbox = sandboxOf(world, container)
  if (!sandbox) return undefined
  const { namespace } = sandbox.config.metadata
  const read = containerFiles(container, world.disk).read
  return world.clientFrom?.({
    namespace,
    ...(sandbox.ips.length === 0 ? {} : { podIps: sandbox.ips }),
    files: () => ({ resolvConf: read('/etc/resolv.conf'), hosts: read('/etc/hosts') }),
  })
}
