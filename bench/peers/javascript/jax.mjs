// jax-js, from beside this file once it is copied to where the packages are installed.
export * from '@jax-js/jax';
