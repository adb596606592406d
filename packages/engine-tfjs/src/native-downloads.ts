// Downloads for the native library, each with the digest of the bytes that were tested.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GaussmarkError } from '@gaussmark/core';
import { pinnedWheel as wheel } from '@gaussmark/engine-kit';

/** An npm package with its integrity in the registry. */
export interface PinnedPackage {
  readonly spec: string;
  readonly integrity: `sha512-${string}`;
}

/** JavaScript kernels, and the addon's sources. */
export const KERNELS: PinnedPackage = {
  spec: '@tensorflow/tfjs-node@4.22.0',
  integrity:
    'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
};

export const PROTOBUF: PinnedPackage = {
  spec: 'google-protobuf@3.21.4',
  integrity:
    'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
};

/** The library version known to work. */
export const TENSORFLOW = '2.21.0';

/** Wheels as lines of a requirements file, for `pip --require-hashes`. */
export const TENSORFLOW_WHEELS = {
  cpu: wheel(
    `tensorflow-cpu==${TENSORFLOW}`,
    'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  ),
  gpu: wheel(`tensorflow==${TENSORFLOW}`, 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0'),
} as const;

/** NVIDIA's libraries: those in TensorFlow's extra `and-cuda`. */
export const CUDA_WHEELS: readonly string[] = [
  wheel('nvidia-cublas-cu12==12.9.3.13', 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'),
  wheel(
    'nvidia-cuda-cupti-cu12==12.8.90',
    'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
  ),
  wheel('nvidia-cuda-nvcc-cu12==12.9.86', '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'),
  wheel(
    'nvidia-cuda-nvrtc-cu12==12.9.86',
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
  ),
  wheel(
    'nvidia-cuda-runtime-cu12==12.9.79',
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ),
  wheel('nvidia-cudnn-cu12==9.28.0.42', '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
  wheel('nvidia-cufft-cu12==11.4.1.4', 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
  wheel('nvidia-curand-cu12==10.3.10.19', '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'),
  wheel(
    'nvidia-cusolver-cu12==11.7.5.82',
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
  ),
  wheel(
    'nvidia-cusparse-cu12==12.5.10.65',
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ),
  wheel('nvidia-nccl-cu12==2.32.3', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
  wheel('nvidia-nvjitlink-cu12==12.9.86', 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'),
];

/** @throws GaussmarkError if an archive is not the tested package */
export function demandIntegrity(archive: string, { spec, integrity }: PinnedPackage): void {
  const actual = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (actual === integrity) return;
  throw new GaussmarkError(`the registry's ${spec} does not match the expected checksum`, {
    expected: integrity,
    got: actual,
    remedy: 'check which registry npm uses: npm config get registry',
  });
}
