// Starts the engine on a platform. A failure is an error with a remedy, never a silent fall-back to another platform.

import path from 'node:path';
import { cacheDirectory, defined, GaussmarkError } from '@gaussmark/core';
import { ExecutableCache } from '../cache/executable-cache.js';
import { pluginHash, processor } from '../cache/identity.js';
import { XlaEngine } from '../engine/engine.js';
import { Client, loadPlugin, PjrtError, type Plugin } from '../pjrt/index.js';
import type { XlaHyperparameters } from '../settings.js';
import { findPlugin, replacementOf } from './find.js';
import { PLATFORMS, type Platform } from './platforms.js';

/**
 * Finds and loads the platform's plugin and starts the engine on one of its devices.
 *
 * @throws GaussmarkError if the plugin or the device is missing or does not work, with the remedy
 */
export async function startEngine(settings: XlaHyperparameters): Promise<XlaEngine> {
  const platform = PLATFORMS[settings.platform];
  const found = await findPlugin(settings.platform, settings.plugin);
  const { file } = found;
  // Plugins write to stderr what they return as errors anyway. They read this when they are loaded.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const plugin = loadPlugin(file, {
    dependencies: platform.dependencies(file),
    remedy: replacementOf(found, settings.platform),
  });
  const client = startClient(plugin, platform, settings);
  try {
    const facts = factsOf(client, plugin, platform, settings);
    return new XlaEngine({
      client,
      isHost: platform.name === 'cpu',
      flags: platform.flags(settings, file),
      precision: settings.precision,
      cache: await openCache(file, facts),
      info: facts,
    });
  } catch (error) {
    client.destroy();
    throw error;
  }
}

function startClient(plugin: Plugin, platform: Platform, settings: XlaHyperparameters): Client {
  let client: Client;
  try {
    client = Client.create(plugin, platform.client(settings));
  } catch (error) {
    if (!(error instanceof PjrtError || error instanceof RangeError)) throw error;
    throw new GaussmarkError(`engine 'xla' cannot start on ${platform.title}`, {
      plugin: "engine 'xla'",
      got: error.message.split('\n')[0]!,
      remedy: error instanceof RangeError ? 'choose another device' : remedyOf(platform, error),
      cause: error,
    });
  }
  const { platform: answer } = client;
  if (platform.answers.includes(answer.toLowerCase())) return client;
  client.destroy();
  throw new GaussmarkError(`${plugin.file} is a plugin for another platform`, {
    plugin: "engine 'xla'",
    expected: platform.name,
    got: answer,
    remedy: `give platform=${answer.toLowerCase()}, or another plugin`,
  });
}

/** Plugins for other platforms refuse the options of this one. */
function remedyOf({ title, remedy }: Platform, { status }: PjrtError): string {
  return status === 'INVALID_ARGUMENT' ? `check that the plugin is one for ${title}; ${remedy}` : remedy;
}

type Facts = Readonly<Record<string, string | number | boolean>>;

/** What ran, for the record and for `bench doctor`. */
function factsOf(
  client: Client,
  plugin: Plugin,
  platform: Platform,
  { device, threads, precision, deterministic }: XlaHyperparameters,
): Facts {
  const { stablehlo_current_version: stablehlo } = plugin.attributes;
  const common = {
    engine: 'xla',
    version: plugin.version.join('.'),
    platform: platform.name,
    ...defined({ stablehlo: Array.isArray(stablehlo) ? stablehlo.join('.') : undefined }),
    plugin: path.basename(plugin.file),
  };
  if (platform.name === 'cpu') return { ...common, threads, precision };
  return {
    ...common,
    device: `${device}: ${client.deviceKind}`,
    driver: oneLineOf(client.platformVersion),
    ...memoryOf(client),
    precision,
    deterministic,
  };
}

const oneLineOf = (text: string): string => text.split('\n').filter(Boolean).join(', ');

function memoryOf(client: Client): { readonly memoryBytes?: number } {
  try {
    const { limit } = client.memory;
    return limit > 0 ? { memoryBytes: limit } : {};
  } catch {
    return {};
  }
}

async function openCache(file: string, facts: Facts): Promise<ExecutableCache> {
  const directory = path.join(cacheDirectory(), 'xla');
  const hash = await pluginHash(file, directory);
  const on = facts.platform === 'cpu' ? processor() : '';
  return new ExecutableCache({ directory, identity: JSON.stringify([hash, facts, on]) });
}
