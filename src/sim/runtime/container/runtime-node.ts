import { type Clock, type Random, randomInt } from '#lib'
import { RuntimeError } from '#runtime'
import type { BehaviourRules } from '../../behaviour/behaviour.ts'
import type { MemoryDisk } from '../../host/memory-disk.ts'
import type { Fabric } from '../../model/fabric.ts'
import type { ClientLocation, SimClient } from '../../network/sim-network.ts'
import type { Guess } from '../../process/process.ts'
import type { ImageWorld } from '../images/image-world.ts'

/** A guess about the program of a container, for an Event of its pod. */
export interface ContainerGuess extends Guess {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  readonly container: string
}

export interface SimRuntimeOptions {
  readonly node: string
  /** The node's own addresses, where pods on its network are reached. */
  readonly nodeIps: readonly string[]
  readonly clock: Clock
  /** The node's own stream: identities of sandboxes and containers come from it. */
  readonly random: Random
  readonly fabric: Fabric
  readonly disk: MemoryDisk
  readonly images: ImageWorld
  /** What containers reach the network with; without it they know no host. */
  readonly clientFrom?: (location: ClientLocation) => SimClient
  /** Is told of each guess about a container's program, once per container and cause. */
  readonly onGuess?: (guess: ContainerGuess) => void
  /** Rules of a behaviour file. */
  readonly behaviours?: BehaviourRules
}

/** What is wrong with a node's container engine. */
export interface EngineFault {
  /** It does not answer; containers run on. */
  readonly engineDown: boolean
  readonly networkNotReady: boolean
}

export const soundEngine: EngineFault = Object.freeze({ engineDown: false, networkNotReady: false })

/** What a dead socket of containerd says. */
export function engineGone(): RuntimeError {
  return new RuntimeError(
    'unavailable',
    'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
  )
}

/** 64 hexadecimal digits, as containerd names things. */
export function newId(random: Random): string {
  return Array.from({ length: 8 }, () =>
    randomInt(random, 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
}
