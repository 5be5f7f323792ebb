/* A disk that fails, for tests: loaded before the C library (LD_PRELOAD), it counts the calls by which a process
 * changes files in one folder, and at the n-th does what the environment says.
 *
 *   FAULTY_DISK_FOLDER   files whose path begins with this are on the faulty disk
 *   FAULTY_DISK_AT       the number of the call, counted from 1; none: count only
 *   FAULTY_DISK_DO       full   the call fails with ENOSPC; a write may be cut short first
 *                        error  the call fails with EIO
 *                        kill   the process ends at once; what was written stays, as when a process is killed
 *                        power  the process ends, and of what was not synced a part is lost, as when power fails
 *   FAULTY_DISK_FOR      so many calls fail from then on (1)
 *   FAULTY_DISK_KILL     the process is killed so many calls after the first that failed (0: it is not)
 *   FAULTY_DISK_SEED     decides what is lost
 *   FAULTY_DISK_COUNT    a file that gets the number of calls when the process ends by itself
 *
 * Counted are writes, syncs and truncations. What a power cut loses is decided per sector of 512 bytes: each that was
 * written since its file's last sync has its old content or its new one. Names of files are never lost. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512
#define MAX_FDS 4096
#define MAX_FILES 256

struct sector { off_t at; char old[SECTOR]; struct sector *next; };
struct file { dev_t dev; ino_t ino; off_t synced_size; int keep; struct sector *dirty; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[MAX_FILES];
static int file_count;
static int tracked[MAX_FDS]; /* index into files, plus one */
static unsigned long calls, at, lasting = 1, kill_after, seed;
static const char *folder, *what, *count_to;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_close)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_open)(const char *, int, ...);

static unsigned long number(const char *name, unsigned long otherwise) {
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    folder = getenv("FAULTY_DISK_FOLDER");
    what = getenv("FAULTY_DISK_DO");
    count_to = getenv("FAULTY_DISK_COUNT");
    at = number("FAULTY_DISK_AT", 0);
    lasting = number("FAULTY_DISK_FOR", 1);
    kill_after = number("FAULTY_DISK_KILL", 0);
    seed = number("FAULTY_DISK_SEED", 1) * 2654435761u + 1;
}

__attribute__((destructor)) static void end(void) {
    if (!count_to) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%lu\n", calls);
    int fd = real_open(count_to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0 && real_write(fd, text, (size_t)length) == length) real_close(fd);
}

static unsigned long dice(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed >> 11;
}

static struct file *file_of(int fd) {
    return fd >= 0 && fd < MAX_FDS && tracked[fd] ? &files[tracked[fd] - 1] : NULL;
}

/* Several descriptors of one file share what is known of it. One descriptor is kept to undo writes with. */
static void track(int fd, const char *path) {
    struct stat info;
    if (!folder || fd < 0 || fd >= MAX_FDS || strncmp(path, folder, strlen(folder)) != 0) return;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return;
    pthread_mutex_lock(&lock);
    int index = 0;
    while (index < file_count && (files[index].dev != info.st_dev || files[index].ino != info.st_ino)) index++;
    if (index == file_count && file_count < MAX_FILES) {
        int keep = real_open(path, O_RDWR);
        files[file_count++] = (struct file){info.st_dev, info.st_ino, info.st_size, keep, NULL};
    }
    if (index < file_count) tracked[fd] = index + 1;
    pthread_mutex_unlock(&lock);
}

/* Remembers what the sectors of a coming write hold, unless they are remembered since the last sync. */
static void remember(struct file *file, off_t offset, size_t length) {
    for (off_t sector = offset / SECTOR * SECTOR; sector < offset + (off_t)length; sector += SECTOR) {
        struct sector *known = file->dirty;
        while (known && known->at != sector) known = known->next;
        if (known) continue;
        struct sector *fresh = calloc(1, sizeof *fresh);
        if (!fresh) abort();
        fresh->at = sector;
        if (pread(file->keep, fresh->old, SECTOR, sector) < 0) abort();
        fresh->next = file->dirty;
        file->dirty = fresh;
    }
}

static void forget(struct file *file) {
    struct stat info;
    while (file->dirty) {
        struct sector *first = file->dirty;
        file->dirty = first->next;
        free(first);
    }
    if (fstat(file->keep, &info) == 0) file->synced_size = info.st_size;
}

static void lose(struct file *file) {
    struct stat info;
    for (struct sector *sector = file->dirty; sector; sector = sector->next)
        if (dice() & 1 && real_pwrite(file->keep, sector->old, SECTOR, sector->at) < 0) abort();
    /* Putting an old sector back may have made the file longer than it was; and a longer file may not be known to be. */
    if (fstat(file->keep, &info) == 0 && info.st_size > file->synced_size && dice() & 1)
        if (real_ftruncate(file->keep, file->synced_size) != 0) abort();
}

/* Counts a call. 0: let it be. Otherwise the error to fail with. Called with the lock held. */
static int turn(void) {
    calls++;
    if (at && kill_after && calls >= at + kill_after) _exit(137);
    if (!at || !what || calls < at || calls >= at + lasting) return 0;
    if (!strcmp(what, "full")) return ENOSPC;
    if (!strcmp(what, "error")) return EIO;
    if (!strcmp(what, "power"))
        for (int index = 0; index < file_count; index++) lose(&files[index]);
    _exit(137);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (file) {
        remember(file, offset, length);
        int error = turn();
        if (error == ENOSPC && length > 1 && dice() & 1) {
            ssize_t part = real_pwrite(fd, data, 1 + dice() % (length - 1), offset);
            pthread_mutex_unlock(&lock);
            return part;
        }
        if (error) {
            pthread_mutex_unlock(&lock);
            errno = error;
            return -1;
        }
    }
    ssize_t done = real_pwrite(fd, data, length, offset);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    if (!real_write) begin();
    if (!file_of(fd)) return real_write(fd, data, length);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = pwrite64(fd, data, length, offset);
    if (done > 0) lseek(fd, offset + done, SEEK_SET);
    return done;
}

static int sync_with(int (*real)(int), int fd) {
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    int error = file ? turn() : 0;
    int done = error ? -1 : real(fd);
    if (file && done == 0) forget(file);
    pthread_mutex_unlock(&lock);
    if (error) errno = error;
    return done;
}

int fsync(int fd) { return sync_with(real_fsync, fd); }
int fdatasync(int fd) { return sync_with(real_fdatasync, fd); }

int ftruncate64(int fd, off_t length) {
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    struct stat info;
    if (file && fstat(fd, &info) == 0 && info.st_size > length) remember(file, length, (size_t)(info.st_size - length));
    int error = file ? turn() : 0;
    int done = error ? -1 : real_ftruncate(fd, length);
    pthread_mutex_unlock(&lock);
    if (error) errno = error;
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (!real_open) begin();
    int fd = real_open(path, flags, mode);
    track(fd, path);
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open64(path, flags, mode);
}

int dup2(int from, int to) {
    static int (*real)(int, int);
    if (!real) real = dlsym(RTLD_NEXT, "dup2");
    int done = real(from, to);
    if (done >= 0 && done < MAX_FDS && from >= 0 && from < MAX_FDS) tracked[done] = tracked[from];
    return done;
}

int close(int fd) {
    if (!real_close) begin();
    if (fd >= 0 && fd < MAX_FDS) tracked[fd] = 0;
    return real_close(fd);
}
