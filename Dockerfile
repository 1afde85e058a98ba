# fencepost in a container: docker build -t fencepost . && docker run --rm -v "$PWD:/work" -w /work fencepost check ./my-queue
# It is built by the launcher, as in a clone, and what runs is the Debian package of it with the server's programs.
FROM debian:13-slim AS build
RUN apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates git
COPY . /src
RUN cd /src && ./fencepost package

FROM debian:13-slim
COPY --from=build /src/build/release/*.deb /tmp/
# Debian's server package would make a cluster and start it; fencepost makes its own, private ones.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/fencepost.conf \
 && apt-get update -q \
 && apt-get install -q -y --no-install-recommends /tmp/*.deb \
 && rm -rf /tmp/*.deb /var/lib/apt/lists/*
ENTRYPOINT ["fencepost"]
